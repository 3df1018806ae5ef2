import type { ArgInstruction, FromInstruction, Instruction } from "./instruction/instruction.ts";
import type { Directives } from "./syntax/directives.ts";
import type { Warning } from "./syntax/node.ts";
import type { SourceRange } from "./syntax/source-range.ts";

/** What stands between one FROM and the next. */
export interface Stage {
  /** Counted from 0; `COPY --from=0` and `--target 0` mean this. */
  readonly index: number;
  /** In lower case; stages without `AS` have none. */
  readonly name?: string;
  /** An image, an earlier stage or `scratch`; variables not expanded yet. */
  readonly base: string;
  readonly platform?: string;
  readonly from: FromInstruction;
  readonly instructions: readonly Instruction[];
  /** From the FROM to the end of the last instruction. */
  readonly range: SourceRange;
}

/** A Dockerfile whose every instruction is known and has the arguments it needs. */
export interface Dockerfile {
  /** The file name, for messages. */
  readonly name: string;
  /** The whole text, for excerpts. */
  readonly text: string;
  readonly directives: Directives;
  /** The ARG instructions before the first FROM. */
  readonly metaArgs: readonly ArgInstruction[];
  /** At least one. */
  readonly stages: readonly Stage[];
  readonly warnings: readonly Warning[];
}
