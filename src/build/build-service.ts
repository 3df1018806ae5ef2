import type { Bytes } from "#bytes";
import type { Digest } from "#oci";
import type { OnBuildEvent } from "./build-event.ts";

/** Where COPY and ADD find files. */
export type ContextSource =
  /** A directory, read in place. */
  | { readonly kind: "directory"; readonly path: string }
  /** A tar archive, plain or compressed in any form that `load` takes. */
  | { readonly kind: "tar"; readonly bytes: Bytes }
  /** Nothing: the Dockerfile alone. */
  | { readonly kind: "none" };

/** Which Dockerfile to build. */
export type DockerfileSource =
  /** A path: absolute, or from the root of the context. */
  { readonly path: string } | { readonly text: string };

export interface BuildOptions {
  readonly context: ContextSource;
  /** `Dockerfile` in the context when absent. */
  readonly dockerfile?: DockerfileSource;
  /** The stage to build, by name or number; the last one when absent. */
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** References to give the image, in any form that `tag` takes. */
  readonly tags?: readonly string[];
  /** Runs every step, and remembers what came out. */
  readonly noCache?: boolean;
  /** Asks registries for newer base images even when they are here. */
  readonly pull?: boolean;
  /** `os/arch[/variant]`; only the machine's own for now. */
  readonly platform?: string;
}

export interface BuildResult {
  readonly id: Digest;
  /** Canonical references that name the image now. */
  readonly names: readonly string[];
}

/** Builds images from Dockerfiles. */
export interface BuildService {
  /**
   * Builds the target stage and what it needs, and names the result. Fails with
   * `invalid-argument` for a Dockerfile that is wrong, `unsupported` for what is not there yet,
   * `failed-precondition` for a RUN that fails; nothing is named then.
   */
  build(options: BuildOptions, onEvent: OnBuildEvent, signal: AbortSignal): Promise<BuildResult>;
}
