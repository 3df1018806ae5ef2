import {
  expandInstruction,
  findStage,
  type Instruction,
  located,
  parseTrigger,
  type SourceRange,
  type Stage as SourceStage,
} from "#dockerfile";
import { fail, KindedError } from "#errors";
import { formatPlatform, parsePlatform, platformMatches } from "#oci";
import type { Base, Operation, Stage, Step } from "../plan.ts";
import { proxyArgs } from "./build-args.ts";
import type { Compiler } from "./compile.ts";
import { copyOperation, rememberCopy } from "./copy-operation.ts";
import { continueDraft, emptyImage, setWorkdir } from "./image-draft.ts";
import { applyArg, applyMetadata, argValue, resolveWorkdir } from "./metadata.ts";
import { rememberRun, runOperation } from "./run-operation.ts";
import { type Scope, scopeFrom, withDraft } from "./scope.ts";
import { displayName, numbered } from "./step-title.ts";
import { refuseUnsupported } from "./unsupported.ts";

/** A step without its number, which shows when all are known. */
export interface UnnumberedStep extends Omit<Step, "title"> {
  readonly name: string;
}

/** An instruction of a stage, or one that its base left to it. */
interface Task {
  readonly instruction: Instruction;
  readonly isTrigger: boolean;
}

/** Compiles one stage and what it needs; gives it with the scope that it ends with. */
export async function compileStage(
  compiler: Compiler,
  source: SourceStage,
): Promise<{ stage: Stage; scope: Scope }> {
  const { base, name, scope: first, triggers } = await openBase(compiler, source);
  let scope = first;
  const steps: UnnumberedStep[] = [];
  for (const task of tasksOf(source, triggers, name)) {
    const { next, step } = await compileTask(compiler, source, scope, task);
    scope = next;
    if (step !== undefined) steps.push(step);
  }
  const single = compiler.options.dockerfile.stages.length === 1;
  const label = single ? "" : (source.name ?? `stage-${source.index}`);
  const titles = numbered(label, base.kind === "image" ? name : undefined, steps);
  const stage = { base, draft: scope.draft, ...titles };
  compiler.stages.push(stage);
  return { stage, scope };
}

interface OpenedBase {
  readonly base: Base;
  readonly name: string;
  readonly scope: Scope;
  readonly triggers: readonly string[];
}

async function openBase(compiler: Compiler, source: SourceStage): Promise<OpenedBase> {
  const { dockerfile } = compiler.options;
  const from = located(dockerfile, source.from.range, () =>
    expandInstruction(source.from, compiler.globals, compiler.expansion),
  );
  checkPlatform(compiler, source, from.platform);
  const earlier = /^\d+$/.test(from.base)
    ? undefined
    : findStage(dockerfile, from.base, source.index);
  if (earlier !== undefined) return onStage(compiler, earlier, from.base);
  if (from.base === "scratch") {
    const scope = scopeFrom(emptyImage(compiler.options.platform));
    return { base: { kind: "scratch" }, name: from.base, scope, triggers: [] };
  }
  return onImage(compiler, source, from.base);
}

async function onStage(
  compiler: Compiler,
  earlier: SourceStage,
  name: string,
): Promise<OpenedBase> {
  const { stage, scope } = await compiler.compiled(earlier);
  const triggers = stage.draft.config.OnBuild ?? [];
  const continued = withDraft(scope, continueDraft(stage.draft));
  return { base: { kind: "stage", stage }, name, scope: continued, triggers };
}

async function onImage(compiler: Compiler, source: SourceStage, name: string): Promise<OpenedBase> {
  const image = await locatedAsync(compiler, source.from.range, () => compiler.image(name));
  const triggers = image.config.config?.OnBuild ?? [];
  return { base: { kind: "image", image }, name, scope: scopeFrom(image.config), triggers };
}

function tasksOf(source: SourceStage, triggers: readonly string[], base: string): Task[] {
  const left = triggers.map((expression) => {
    const instruction = parseTrigger(expression, base);
    return { instruction: { ...instruction, range: source.from.range }, isTrigger: true };
  });
  const own = source.instructions.map((instruction) => ({ instruction, isTrigger: false }));
  return [...left, ...own];
}

interface Compiled {
  readonly next: Scope;
  readonly step?: UnnumberedStep;
}

async function compileTask(
  compiler: Compiler,
  source: SourceStage,
  scope: Scope,
  { instruction, isTrigger }: Task,
): Promise<Compiled> {
  const { range } = instruction;
  return locatedAsync(compiler, range, async () => {
    refuseUnsupported(instruction);
    const { next, operation } = await applyInstruction(compiler, source, scope, instruction);
    if (operation === undefined) return { next };
    const shown = displayName(instruction, scope.env, compiler.expansion);
    const name = isTrigger ? `ONBUILD ${shown}` : shown;
    return { next, step: { name, operation, range } };
  });
}

interface Applied {
  readonly next: Scope;
  readonly operation?: Operation | undefined;
}

async function applyInstruction(
  compiler: Compiler,
  source: SourceStage,
  scope: Scope,
  written: Instruction,
): Promise<Applied> {
  const { args, dockerfile } = compiler.options;
  if (written.kind === "arg") return { next: declare(compiler, scope, written) };
  const instruction = expandInstruction(written, scope.env, compiler.expansion);
  switch (instruction.kind) {
    case "run": {
      const operation = runOperation(scope, instruction, proxyArgs(args));
      return { next: rememberRun(scope, operation), operation };
    }
    case "copy":
    case "add": {
      const wanted = instruction.kind === "copy" ? instruction.from : undefined;
      const from = await compiler.copySource(wanted, source);
      const operation = copyOperation(scope, instruction, from);
      return { next: rememberCopy(scope, instruction), operation };
    }
    case "workdir":
      return enterWorkdir(scope, instruction.path);
    default:
      return { next: applyMetadata(scope, instruction) };
  }
}

/** Each default sees the ARGs before it, those of the same line too. */
function declare(
  compiler: Compiler,
  scope: Scope,
  arg: Extract<Instruction, { kind: "arg" }>,
): Scope {
  const { args: given, dockerfile } = compiler.options;
  const needed = arg.args.map((one) =>
    given[one.key] === undefined ? one : { ...one, value: given[one.key]! },
  );
  const env = new Map(scope.env);
  const values = needed.map((one) => {
    const [expanded] = expandInstruction({ ...arg, args: [one] }, env, compiler.expansion).args;
    const isGiven = given[one.key] !== undefined;
    const value = argValue(isGiven ? one : expanded!, given, compiler.globals);
    if (value !== undefined) env.set(one.key, value);
    return { key: one.key, ...(value !== undefined && { value }) };
  });
  return applyArg(scope, values);
}

function enterWorkdir(scope: Scope, path: string): Applied {
  const directory = resolveWorkdir(scope, path);
  const next = withDraft(scope, setWorkdir(scope.draft, directory));
  if (directory === "/") return { next };
  const user = scope.draft.config.User ?? "";
  return { next, operation: { kind: "workdir", directory, user } };
}

function checkPlatform(compiler: Compiler, source: SourceStage, wanted: string | undefined): void {
  if (wanted === undefined) return;
  const { dockerfile, platform } = compiler.options;
  located(dockerfile, source.from.range, () => {
    if (platformMatches(platform, parsePlatform(wanted))) return;
    fail(
      "unsupported",
      `FROM --platform=${wanted} is not supported yet: this machine is ${formatPlatform(platform)}`,
    );
  });
}

/** {@link located} for work that waits. */
async function locatedAsync<T>(
  compiler: Compiler,
  range: SourceRange,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KindedError)) throw error;
    return located(compiler.options.dockerfile, range, () => {
      throw error;
    });
  }
}
