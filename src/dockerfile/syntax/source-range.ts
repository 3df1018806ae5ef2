/** The lines an instruction takes in its file, counted from 1, heredoc bodies included. */
export interface SourceRange {
  readonly firstLine: number;
  readonly lastLine: number;
  /** Where the keyword starts on the first line, in UTF-16 units counted from 1. */
  readonly column: number;
}

/** A text that errors point into. */
export interface Source {
  readonly text: string;
  /** The file name shown in messages. */
  readonly name: string;
}
