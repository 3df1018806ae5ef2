import {
  type Dockerfile,
  type ExpandInstructionOptions,
  excerpt,
  type SourceRange,
  type Stage as SourceStage,
} from "#dockerfile";
import { KindedError } from "#errors";
import type { Platform } from "#oci";
import type { BaseImage, CopySource, Stage } from "../plan.ts";
import type { BuildArgs } from "./build-args.ts";
import type { Scope } from "./scope.ts";

/** A stage, and the scope it ends with, which stages on top of it continue. */
export interface CompiledStage {
  readonly stage: Stage;
  readonly scope: Scope;
}

/** What a stage needs of its surroundings to be compiled. */
export interface StageContext {
  readonly dockerfile: Dockerfile;
  readonly platform: Platform;
  /** The values given for the build. */
  readonly args: BuildArgs;
  /** What FROM lines may use. */
  readonly globals: ReadonlyMap<string, string>;
  /** How the words of this file are expanded. */
  readonly expansion: ExpandInstructionOptions;
  readonly warn: (message: string, line?: number) => void;
  stage(source: SourceStage): Promise<CompiledStage>;
  image(name: string): Promise<BaseImage>;
  /** What `COPY --from` means inside a stage. */
  copySource(from: string | undefined, inside: SourceStage): Promise<CopySource>;
}

/** An error whose message says where in the Dockerfile it belongs. */
class PlacedError extends KindedError {}

/** Does something for an instruction; what is refused is thrown anew with its lines. */
export async function inPlace<T>(
  dockerfile: Dockerfile,
  range: SourceRange,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KindedError) || error instanceof PlacedError) throw error;
    const lines = excerpt(dockerfile.text, range, dockerfile.name);
    throw new PlacedError(error.kind, `${error.message}\n${lines}`, error);
  }
}
