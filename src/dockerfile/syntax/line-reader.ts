import type { EscapeToken } from "./directives.ts";
import type { SourceRange } from "./source-range.ts";
import { trimSpace, trimStart } from "./space.ts";

/** One instruction's text, its continuation lines joined. */
export interface LogicalLine {
  readonly text: string;
  readonly range: SourceRange;
  /** The comment lines directly above, without their `#`. */
  readonly comments: readonly string[];
  /** Whether an empty line stands among the continuation lines. */
  readonly hasEmptyContinuation: boolean;
}

interface Piece {
  readonly text: string;
  readonly continues: boolean;
}

/** Reads a Dockerfile line by line: instructions, and the bodies of their heredocs. */
export class LineReader {
  /** How many lines were read so far. */
  at: number;
  readonly #lines: readonly string[];
  readonly #escapeToken: EscapeToken;

  constructor(lines: readonly string[], from: number, escapeToken: EscapeToken) {
    this.#lines = lines;
    this.at = from;
    this.#escapeToken = escapeToken;
  }

  /** The next instruction, past comments and empty lines. */
  next(): LogicalLine | undefined {
    let comments: string[] = [];
    while (this.at < this.#lines.length) {
      const raw = this.#lines[this.at++]!;
      const start = trimStart(withoutNewline(raw));
      if (start.startsWith("#")) {
        const comment = trimSpace(start.slice(1));
        if (comment === "") comments = [];
        else comments.push(comment);
        continue;
      }
      if (start !== "") return this.#continued(raw, start, comments);
    }
    return undefined;
  }

  /** The lines up to a terminator, each with its newline; nothing when the file ends before. */
  heredocBody(terminator: string, chomp: boolean): string | undefined {
    const from = this.at;
    while (this.at < this.#lines.length) {
      const line = withoutNewline(this.#lines[this.at++]!);
      if ((chomp ? line.replace(/^\t+/, "") : line) !== terminator) continue;
      return this.#lines
        .slice(from, this.at - 1)
        .map((body) => `${body}\n`)
        .join("");
    }
    return undefined;
  }

  #continued(raw: string, start: string, comments: readonly string[]): LogicalLine {
    const firstLine = this.at;
    let piece = cutContinuation(start, this.#escapeToken);
    let hasEmptyContinuation = false;
    const pieces = [piece.text];
    while (piece.continues && this.at < this.#lines.length) {
      const line = withoutNewline(this.#lines[this.at++]!);
      const content = trimStart(line);
      if (content.startsWith("#")) continue;
      if (content === "") {
        hasEmptyContinuation = true;
        continue;
      }
      piece = cutContinuation(line, this.#escapeToken);
      pieces.push(piece.text);
    }
    const column = raw.length - trimStart(raw).length + 1;
    const range = { firstLine, lastLine: this.at, column };
    return { text: pieces.join(""), range, comments, hasEmptyContinuation };
  }
}

/** A line without the escape that continues it; a doubled escape is text, not a continuation. */
function cutContinuation(line: string, escapeToken: EscapeToken): Piece {
  let end = line.length;
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end--;
  const continues = line[end - 1] === escapeToken && line[end - 2] !== escapeToken;
  return { text: continues ? line.slice(0, end - 1) : line, continues };
}

function withoutNewline(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\r") end--;
  return end === line.length ? line : line.slice(0, end);
}
