import {
  type Dockerfile,
  type ExpandInstructionOptions,
  findStage,
  type Stage as SourceStage,
  targetStage,
} from "#dockerfile";
import { fail } from "#errors";
import type { Platform } from "#oci";
import type { BaseImage, CopySource, Plan, Stage } from "../plan.ts";
import { type BuildArgs, predefinedArgs, unusedArgsWarning } from "./build-args.ts";
import { globalArgs } from "./global-args.ts";
import { addLabels } from "./image-draft.ts";
import { compileStage } from "./stage-compiler.ts";
import { refuseForeignSyntax } from "./unsupported.ts";

export interface CompileOptions {
  readonly dockerfile: Dockerfile;
  readonly target?: string | undefined;
  readonly args: BuildArgs;
  readonly labels: Readonly<Record<string, string>>;
  readonly platform: Platform;
  /** Finds an image by its name as written, and gets it when it is not here. */
  readonly resolveImage: (name: string) => Promise<BaseImage>;
  readonly warn: (message: string, line?: number) => void;
}

/** A stage and the scope it ends with, which stages on top of it continue. */
export type CompiledStage = Awaited<ReturnType<typeof compileStage>>;

/**
 * Turns a Dockerfile into a plan: finds the stages that the target needs, resolves their bases,
 * runs the triggers of those, and expands every variable. Nothing is executed. Fails with
 * `invalid-argument` or `unsupported` and the place in the file.
 */
export async function compile(options: CompileOptions): Promise<Plan> {
  const { dockerfile, args, warn } = options;
  refuseForeignSyntax(dockerfile);
  for (const { rule, message, range } of dockerfile.warnings)
    warn(`${rule}: ${message}`, range.firstLine);
  const compiler = new Compiler(options);
  const target = await compiler.stage(targetStage(dockerfile, options.target));
  const unused = unusedArgsWarning(args, declaredArgs(dockerfile, compiler.globals));
  if (unused !== undefined) warn(unused);
  const draft = addLabels(target.draft, options.labels);
  const labelled = { ...target, draft };
  return {
    stages: [...compiler.stages.filter((stage) => stage !== target), labelled],
    target: labelled,
  };
}

/** Compiles stages when they are first asked for, each once. */
export class Compiler {
  readonly options: CompileOptions;
  /** How the words of this file are expanded. */
  readonly expansion: ExpandInstructionOptions;
  /** What FROM lines may use. */
  readonly globals: ReadonlyMap<string, string>;
  /** In the order in which they were finished: each after those it needs. */
  readonly stages: Stage[] = [];
  readonly #compiled = new Map<number, Promise<CompiledStage>>();
  readonly #images = new Map<string, Promise<BaseImage>>();

  constructor(options: CompileOptions) {
    const { dockerfile, platform, target = "", args } = options;
    this.options = options;
    this.expansion = { escape: dockerfile.directives.escape };
    this.globals = globalArgs(dockerfile, predefinedArgs(platform, target, args), args);
  }

  async stage(source: SourceStage): Promise<Stage> {
    return (await this.compiled(source)).stage;
  }

  compiled(source: SourceStage): Promise<CompiledStage> {
    const known = this.#compiled.get(source.index);
    if (known !== undefined) return known;
    const compiled = compileStage(this, source);
    this.#compiled.set(source.index, compiled);
    return compiled;
  }

  image(name: string): Promise<BaseImage> {
    const known = this.#images.get(name);
    if (known !== undefined) return known;
    const image = this.options.resolveImage(name);
    this.#images.set(name, image);
    return image;
  }

  /** What `COPY --from` means inside a stage: an earlier stage, else an image. */
  async copySource(from: string | undefined, inside: SourceStage): Promise<CopySource> {
    if (from === undefined) return { kind: "context" };
    const found = findStage(this.options.dockerfile, from);
    if (found === undefined) {
      if (/^\d+$/.test(from)) fail("invalid-argument", `invalid stage index ${from}`);
      return { kind: "image", image: await this.image(from) };
    }
    if (found.index >= inside.index) failOrder(from, inside);
    return { kind: "stage", stage: await this.stage(found) };
  }
}

function failOrder(from: string, inside: SourceStage): never {
  const name = inside.name ?? `stage-${inside.index}`;
  return fail(
    "invalid-argument",
    `cannot copy from stage ${JSON.stringify(from)}, it needs to be defined before current stage ${JSON.stringify(name)}`,
  );
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
