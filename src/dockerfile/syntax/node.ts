import type { Heredoc } from "./heredoc.ts";
import type { SourceRange } from "./source-range.ts";

/** One instruction before its meaning is looked at: BuildKit's parse tree, made flat. */
export interface DockerfileNode {
  /** As written, in whatever case. */
  readonly keyword: string;
  readonly flags: readonly string[];
  /** For ENV and LABEL: key, value and separator (`=`, or empty in the old form), repeated. */
  readonly args: readonly string[];
  /** Whether `args` are the strings of a JSON array. */
  readonly json: boolean;
  readonly heredocs: readonly Heredoc[];
  /** The instruction an ONBUILD delays. */
  readonly trigger?: DockerfileNode;
  /** The line with its continuations joined, untrimmed. */
  readonly original: string;
  /** The comment lines directly above. */
  readonly comments: readonly string[];
  readonly range: SourceRange;
}

/** Something worth saying that does not stop a build. */
export interface Warning {
  /** The name of BuildKit's lint rule. */
  readonly rule: string;
  readonly message: string;
  readonly range: SourceRange;
}
