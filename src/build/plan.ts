import type { SourceRange } from "#dockerfile";
import type { ChainId, Digest, ImageConfig } from "#oci";
import type { ImageDraft } from "./compile/image-draft.ts";

/** What a build will do, with every variable expanded: the stages that the target needs. */
export interface Plan {
  /** Each stage comes after those it needs. */
  readonly stages: readonly Stage[];
  readonly target: Stage;
}

/** One FROM and what follows it. */
export interface Stage {
  readonly base: Base;
  readonly steps: readonly Step[];
  readonly draft: ImageDraft;
  /** What progress shows for the FROM; undefined where there is nothing to show. */
  readonly title: string | undefined;
}

/** What a stage stands on. */
export type Base =
  | { readonly kind: "scratch" }
  | { readonly kind: "image"; readonly image: BaseImage }
  | { readonly kind: "stage"; readonly stage: Stage };

export interface BaseImage {
  readonly id: Digest;
  readonly config: ImageConfig;
}

/** An instruction that may change files, as the user sees it and as it is done. */
export interface Step {
  /** `RUN make`. */
  readonly name: string;
  /** `[build 2/5] RUN make`. */
  readonly title: string;
  readonly operation: Operation;
  readonly range: SourceRange;
}

export type Operation = RunOperation | CopyOperation | WorkdirOperation;

export interface RunOperation {
  readonly kind: "run";
  readonly args: readonly string[];
  /** `NAME=value`, ARGs included. */
  readonly env: readonly string[];
  /** Proxy settings: given to the process, no part of what makes it the same step. */
  readonly proxy: readonly string[];
  readonly user: string;
  readonly directory: string;
  /** A heredoc with a `#!` line of its own: a file under /dev/pipes that `args` names. */
  readonly script: Document | undefined;
}

export interface CopyOperation {
  readonly kind: "copy";
  readonly instruction: "COPY" | "ADD";
  readonly from: CopySource;
  /** Paths and patterns in the source, and URLs. */
  readonly sources: readonly string[];
  readonly documents: readonly Document[];
  /** Absolute; a slash at the end says that it is a directory. */
  readonly destination: string;
  readonly chown: string | undefined;
  /** Octal digits or symbolic as chmod(1) takes it. */
  readonly chmod: string | undefined;
  readonly checksum: Digest | undefined;
  /** Whether archives are unpacked. */
  readonly unpack: boolean;
  /** Whether the layer takes no notice of what is below it. */
  readonly link: boolean;
  /** Patterns, with the grammar of an ignore file, of what to leave out below a source. */
  readonly exclude: readonly string[];
}

export type CopySource =
  | { readonly kind: "context" }
  | { readonly kind: "stage"; readonly stage: Stage }
  | { readonly kind: "image"; readonly image: BaseImage };

/** A file whose text stands in the Dockerfile. */
export interface Document {
  readonly name: string;
  readonly text: string;
}

export interface WorkdirOperation {
  readonly kind: "workdir";
  readonly directory: string;
  readonly user: string;
}

/** The files that a step starts from: a stack of layers. */
export type RootChain = ChainId | undefined;
