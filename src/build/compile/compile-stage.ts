import { type Instruction, parseTrigger, type Stage as SourceStage } from "#dockerfile";
import type { Step } from "../plan.ts";
import { applyInstruction } from "./apply-instruction.ts";
import { openBase } from "./open-base.ts";
import type { Scope } from "./scope.ts";
import { type CompiledStage, inPlace, type StageContext } from "./stage-context.ts";
import { displayName, numbered } from "./step-title.ts";
import { refuseUnsupported } from "./unsupported.ts";

/** A step without its number, which shows when all are known. */
type UnnumberedStep = Omit<Step, "title">;

/** An instruction of a stage, or one that its base left to it. */
interface Task {
  readonly instruction: Instruction;
  readonly isTrigger: boolean;
}

/** Compiles one stage: what its base left to it first, then its own instructions. */
export async function compileStage(
  context: StageContext,
  source: SourceStage,
): Promise<CompiledStage> {
  const { base, name, scope, triggers } = await openBase(context, source);
  const steps: UnnumberedStep[] = [];
  for (const task of tasksOf(source, triggers, name)) {
    const step = await compileTask(context, source, scope, task);
    if (step !== undefined) steps.push(step);
  }
  const label = labelOf(context, source);
  const titled = numbered(label, base.kind === "image" ? name : undefined, steps);
  return { stage: { base, draft: scope.draft, ...titled }, scope };
}

/** The only stage of a file needs no name. */
function labelOf({ dockerfile }: StageContext, { name, index }: SourceStage): string {
  return dockerfile.stages.length === 1 ? "" : (name ?? `stage-${index}`);
}

function tasksOf(source: SourceStage, triggers: readonly string[], base: string): Task[] {
  const left = triggers.map((expression) => {
    const instruction = parseTrigger(expression, `ONBUILD trigger of ${base}`);
    return { instruction: { ...instruction, range: source.from.range }, isTrigger: true };
  });
  const own = source.instructions.map((instruction) => ({ instruction, isTrigger: false }));
  return [...left, ...own];
}

async function compileTask(
  context: StageContext,
  source: SourceStage,
  scope: Scope,
  { instruction, isTrigger }: Task,
): Promise<UnnumberedStep | undefined> {
  const { range } = instruction;
  return inPlace(context.dockerfile, range, async () => {
    refuseUnsupported(instruction);
    const operation = await applyInstruction(context, source, scope, instruction);
    if (operation === undefined) return undefined;
    const shown = displayName(instruction, scope.env, context.expansion);
    const name = isTrigger ? `ONBUILD ${shown}` : shown;
    return { name, operation, range };
  });
}
