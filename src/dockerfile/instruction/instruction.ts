import type { SourceRange } from "../syntax/source-range.ts";
import type { RunMount } from "./run-mount.ts";

/** What every instruction carries of the text it was read from. */
export interface InstructionText {
  /** The keyword as written, in whatever case. */
  readonly keyword: string;
  /** The flags as written, quotes and escapes taken away. */
  readonly flags: readonly string[];
  /** The line, its continuations joined, trimmed; heredoc bodies are not in it. */
  readonly original: string;
  /** The comment lines directly above, without their `#`. */
  readonly comments: readonly string[];
  readonly range: SourceRange;
}

/** `FROM [--platform=P] BASE [AS NAME]`: opens a stage. */
export interface FromInstruction extends InstructionText {
  readonly kind: "from";
  /** An image, an earlier stage or `scratch`; variables not expanded yet. */
  readonly base: string;
  /** In lower case. */
  readonly name?: string;
  /** The name as written. */
  readonly writtenName?: string;
  /** The keyword between base and name as written: `AS`, `as`. */
  readonly asKeyword?: string;
  readonly platform?: string;
}

/** A command in one of its two forms. */
export interface CommandLine {
  /** `shell`: one text for the shell of the stage; `exec`: the arguments of a JSON array. */
  readonly form: "shell" | "exec";
  /** For `shell` at most one text; empty when the instruction has no arguments. */
  readonly args: readonly string[];
}

/** The body of a heredoc used as a file. */
export interface InlineFile {
  readonly name: string;
  /** Leading tabs are already taken away where `<<-` asks for it. */
  readonly content: string;
  /** Whether variables in the content are to be expanded (no quotes around the name). */
  readonly expand: boolean;
}

/** A heredoc of a RUN, its body byte for byte as written. */
export interface ShellHeredoc {
  readonly name: string;
  readonly content: string;
  /** Whether leading tabs are to be taken away (`<<-`). */
  readonly chomp: boolean;
}

/** A device asked for by name (CDI), as `vendor.com/class=name` or a class alone. */
export interface RunDevice {
  readonly name: string;
  readonly required: boolean;
}

export interface RunInstruction extends InstructionText {
  readonly kind: "run";
  readonly command: CommandLine;
  readonly heredocs: readonly ShellHeredoc[];
  /** The texts of `--mount=`, in order. */
  readonly mountTexts: readonly string[];
  /** The mounts; one whose text names a variable is here only after expansion. */
  readonly mounts: readonly RunMount[];
  readonly network: "default" | "none" | "host";
  readonly security: "sandbox" | "insecure";
  readonly devices: readonly RunDevice[];
}

export interface CmdInstruction extends InstructionText {
  readonly kind: "cmd";
  readonly command: CommandLine;
}

export interface EntrypointInstruction extends InstructionText {
  readonly kind: "entrypoint";
  readonly command: CommandLine;
}

/** One `key=value`. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** Whether it was written in the old form, `KEY value` with a space. */
  readonly legacy: boolean;
}

export interface EnvInstruction extends InstructionText {
  readonly kind: "env";
  readonly pairs: readonly KeyValue[];
}

export interface LabelInstruction extends InstructionText {
  readonly kind: "label";
  readonly pairs: readonly KeyValue[];
}

/** One name an ARG declares, with its default if it has one. */
export interface BuildArgument {
  readonly key: string;
  readonly value?: string;
  /** What a comment above says of it: `# NAME the rest`. */
  readonly comment?: string;
}

export interface ArgInstruction extends InstructionText {
  readonly kind: "arg";
  readonly args: readonly BuildArgument[];
}

/** What COPY and ADD have in common. */
export interface CopyFields extends InstructionText {
  /** Paths, globs or, for ADD, URLs; heredocs are not among them. */
  readonly sources: readonly string[];
  readonly inlineFiles: readonly InlineFile[];
  readonly destination: string;
  /** `user`, `uid`, `user:group`, `uid:gid`. */
  readonly chown?: string;
  /** Octal or symbolic. */
  readonly chmod?: string;
  readonly link: boolean;
  /** Patterns with the grammar of an ignore file. */
  readonly excludes: readonly string[];
}

export interface CopyInstruction extends CopyFields {
  readonly kind: "copy";
  /** A stage by name or index, an image, or a named context. */
  readonly from?: string;
  readonly parents: boolean;
}

export interface AddInstruction extends CopyFields {
  readonly kind: "add";
  /** `sha256:…` of what is fetched. */
  readonly checksum?: string;
  readonly keepGitDir?: boolean;
  /** Whether archives are unpacked; not given: local ones are, fetched ones are not. */
  readonly unpack?: boolean;
}

/** Durations are in nanoseconds; one that is not given is inherited. */
export interface HealthcheckInstruction extends InstructionText {
  readonly kind: "healthcheck";
  /** `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`, as in an image's config. */
  readonly test: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly startInterval?: number;
  readonly retries?: number;
}

export interface ExposeInstruction extends InstructionText {
  readonly kind: "expose";
  /** `80`, `80/tcp`, `8000-8010/udp`, sorted. */
  readonly ports: readonly string[];
}

export interface VolumeInstruction extends InstructionText {
  readonly kind: "volume";
  readonly paths: readonly string[];
}

export interface UserInstruction extends InstructionText {
  readonly kind: "user";
  readonly user: string;
}

export interface WorkdirInstruction extends InstructionText {
  readonly kind: "workdir";
  readonly path: string;
}

export interface StopsignalInstruction extends InstructionText {
  readonly kind: "stopsignal";
  readonly signal: string;
}

export interface ShellInstruction extends InstructionText {
  readonly kind: "shell";
  readonly shell: readonly string[];
}

export interface MaintainerInstruction extends InstructionText {
  readonly kind: "maintainer";
  readonly maintainer: string;
}

export interface OnbuildInstruction extends InstructionText {
  readonly kind: "onbuild";
  /** What goes into the image's config: the delayed instruction with its heredocs' bodies. */
  readonly expression: string;
}

/** An instruction inside a stage; `kind` tells which. */
export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;
