import { type Dockerfile, targetStage } from "#dockerfile";
import type { Plan } from "../plan.ts";
import { unusedArgsWarning } from "./build-args.ts";
import { Compiler, type CompilerOptions } from "./compiler.ts";
import { addLabels } from "./image-draft.ts";
import { refuseForeignSyntax } from "./unsupported.ts";

export interface CompileOptions extends CompilerOptions {
  /** Given for the build: they go on top of the target's own. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Turns a Dockerfile into a plan: finds the stages that the target needs, resolves their bases,
 * puts the triggers of those first, and expands every variable. Nothing is executed. Fails with
 * `invalid-argument` or `unsupported` and the place in the file.
 */
export async function compile(options: CompileOptions): Promise<Plan> {
  const { dockerfile, labels, warn } = options;
  refuseForeignSyntax(dockerfile);
  for (const { rule, message, range } of dockerfile.warnings)
    warn(`${rule}: ${message}`, range.firstLine);
  const compiler = new Compiler(options);
  const { stage } = await compiler.stage(targetStage(dockerfile, options.target));
  const unused = unusedArgsWarning(options.args, declaredArgs(dockerfile, compiler.globals));
  if (unused !== undefined) warn(unused);
  const target = { ...stage, draft: addLabels(stage.draft, labels) };
  return { stages: [...compiler.finished.filter((other) => other !== stage), target], target };
}

/** Every name that an ARG anywhere in the file takes. */
function declaredArgs(
  dockerfile: Dockerfile,
  globals: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const inStages = dockerfile.stages.flatMap(({ instructions }) => instructions);
  const declarations = [...dockerfile.metaArgs, ...inStages].flatMap((instruction) =>
    instruction.kind === "arg" ? instruction.args.map(({ key }) => key) : [],
  );
  return new Set([...declarations, ...globals.keys()]);
}
