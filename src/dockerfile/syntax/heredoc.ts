import { expandWords } from "../expansion/shell-lexer.ts";

/** What a `<<NAME` word says. */
export interface HeredocWord {
  /** The terminator; for COPY and ADD also the file's name. */
  readonly name: string;
  /** The file descriptor before `<<`; 0 when there is none. */
  readonly fileDescriptor: number;
  /** False when any part of the name is quoted. */
  readonly expand: boolean;
  /** Whether leading tabs are to be taken away (`<<-`). */
  readonly chomp: boolean;
}

/** A heredoc and its body, byte for byte as written: leading tabs are still there. */
export interface Heredoc extends HeredocWord {
  readonly content: string;
}

const EMPTY: ReadonlyMap<string, string> = new Map();

/**
 * Reads `<<NAME`, `<<-NAME`, `3<<"NAME"`; nothing for any other word. Throws `invalid-argument`
 * when a quote in the name stays open.
 */
export function parseHeredocWord(word: string): HeredocWord | undefined {
  const match = /^(\d*)<<(-?)/.exec(word);
  if (match === null) return undefined;
  const rest = word.slice(match[0].length).replace(/^[\t\n\f\r ]+/, "");
  if (rest === "" || rest.includes("<")) return undefined;
  const words = expandWords(rest, EMPTY, { keepUnset: true });
  const raw = expandWords(rest, EMPTY, { keepUnset: true, rawQuotes: true });
  if (words.length !== 1 || raw.length !== 1) return undefined;
  return {
    name: words[0]!,
    fileDescriptor: Number(match[1]),
    expand: countQuotes(words[0]!) === countQuotes(raw[0]!),
    chomp: match[2] === "-",
  };
}

/** The heredocs an instruction's line asks for, in the order their bodies follow. */
export function heredocsOfLine(line: string): HeredocWord[] {
  if (!line.includes("<<")) return [];
  return wordsOf(line).flatMap((word) => parseHeredocWord(word) ?? []);
}

/** The content of a `<<-` heredoc without the tabs its lines start with. */
export function chompHeredoc(content: string): string {
  return content.replace(/(^|\n)\t+/g, "$1");
}

/** A line that cannot be split is a shell's business, not ours: it has no heredocs. */
function wordsOf(line: string): readonly string[] {
  try {
    return expandWords(line, EMPTY, { rawQuotes: true, rawEscapes: true, keepUnset: true });
  } catch {
    return [];
  }
}

function countQuotes(text: string): number {
  return text.replace(/[^'"]/g, "").length;
}
