import {
  type Dockerfile,
  type ExpandInstructionOptions,
  findStage,
  type Stage as SourceStage,
} from "#dockerfile";
import { fail } from "#errors";
import type { Platform } from "#oci";
import type { BaseImage, CopySource, Stage } from "../plan.ts";
import { type BuildArgs, predefinedArgs } from "./build-args.ts";
import { compileStage } from "./compile-stage.ts";
import { globalArgs } from "./global-args.ts";
import type { CompiledStage, StageContext } from "./stage-context.ts";

export interface CompilerOptions {
  readonly dockerfile: Dockerfile;
  readonly target?: string | undefined;
  readonly args: BuildArgs;
  readonly platform: Platform;
  /** Finds an image by its name as written, and gets it when it is not here. */
  readonly resolveImage: (name: string) => Promise<BaseImage>;
  /** Hears of what is odd, with the line of the file it is about. */
  readonly warn: (message: string, line?: number) => void;
}

/** Compiles stages and finds images when they are first asked for, each once. */
export class Compiler implements StageContext {
  readonly dockerfile: Dockerfile;
  readonly platform: Platform;
  readonly args: BuildArgs;
  readonly globals: ReadonlyMap<string, string>;
  readonly expansion: ExpandInstructionOptions;
  readonly warn: CompilerOptions["warn"];
  readonly #finished: Stage[] = [];
  readonly #stages = new Map<number, Promise<CompiledStage>>();
  readonly #images = new Map<string, Promise<BaseImage>>();
  readonly #resolveImage: CompilerOptions["resolveImage"];

  constructor(options: CompilerOptions) {
    const { dockerfile, target = "", args, platform, resolveImage, warn } = options;
    this.dockerfile = dockerfile;
    this.platform = platform;
    this.args = args;
    this.globals = globalArgs(dockerfile, predefinedArgs(platform, target, args), args);
    this.expansion = { escape: dockerfile.directives.escape };
    this.warn = warn;
    this.#resolveImage = resolveImage;
  }

  /** The stages compiled so far: each after those it needs. */
  get finished(): readonly Stage[] {
    return this.#finished;
  }

  stage(source: SourceStage): Promise<CompiledStage> {
    const known = this.#stages.get(source.index);
    if (known !== undefined) return known;
    const compiled = this.#compile(source);
    this.#stages.set(source.index, compiled);
    return compiled;
  }

  image(name: string): Promise<BaseImage> {
    const known = this.#images.get(name);
    if (known !== undefined) return known;
    const image = this.#resolveImage(name);
    this.#images.set(name, image);
    return image;
  }

  async copySource(from: string | undefined, inside: SourceStage): Promise<CopySource> {
    if (from === undefined) return { kind: "context" };
    const found = findStage(this.dockerfile, from);
    if (found === undefined) {
      if (/^\d+$/.test(from)) fail("invalid-argument", `invalid stage index ${from}`);
      return { kind: "image", image: await this.image(from) };
    }
    if (found.index >= inside.index) failOrder(from, inside);
    return { kind: "stage", stage: (await this.stage(found)).stage };
  }

  async #compile(source: SourceStage): Promise<CompiledStage> {
    const compiled = await compileStage(this, source);
    this.#finished.push(compiled.stage);
    return compiled;
  }
}

/** In BuildKit's words. */
function failOrder(from: string, { name, index }: SourceStage): never {
  const [wanted, current] = [from, name ?? `stage-${index}`].map((text) => JSON.stringify(text));
  return fail(
    "invalid-argument",
    `cannot copy from stage ${wanted}, it needs to be defined before current stage ${current}`,
  );
}
