import { isSpace, trimSpace } from "./space.ts";

/** An instruction's text taken apart. */
export interface SplitCommand {
  /** As written, in whatever case. */
  readonly keyword: string;
  /** `--name` and `--name=value`, their quotes and escapes taken away. */
  readonly flags: readonly string[];
  readonly rest: string;
}

/** Splits an instruction into its keyword, the flags right after it, and what follows. */
export function splitCommand(line: string): SplitCommand {
  const text = trimSpace(line);
  const gap = /[\t\v\f\r ]+/.exec(text);
  if (gap === null) return { keyword: text, flags: [], rest: "" };
  const flags = new FlagReader(text, gap.index + gap[0].length);
  const words = flags.readAll();
  return { keyword: text.slice(0, gap.index), flags: words, rest: trimSpace(flags.rest()) };
}

class FlagReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#at = from;
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }

  readAll(): string[] {
    const flags: string[] = [];
    for (this.#skipSpace(); this.#text.startsWith("--", this.#at); this.#skipSpace()) {
      const word = this.#word();
      if (word === "--") break;
      flags.push(word);
    }
    return flags;
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && isSpace(this.#text[this.#at]!)) this.#at++;
  }

  #word(): string {
    let word = "";
    let quote: string | undefined;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (quote === undefined && isSpace(char)) break;
      if (char === quote) quote = undefined;
      else if (quote === undefined && (char === "'" || char === '"')) quote = char;
      else if (char === "\\") word += this.#text[++this.#at] ?? "";
      else word += char;
    }
    return word;
  }
}
