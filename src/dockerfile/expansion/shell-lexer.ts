import { messageOf, quote } from "#errors";
import { clip } from "../syntax/clip.ts";
import type { EscapeToken } from "../syntax/directives.ts";
import { refuse } from "../syntax/refusal.ts";
import { replacePattern, trimPattern } from "./shell-pattern.ts";
import { WordSplitter } from "./word-splitter.ts";

/** The variables a word may name. */
export type Environment = ReadonlyMap<string, string>;

/** Which variables were looked up: filled while words expand. */
export interface VariableTrace {
  /** Those that are set. */
  readonly used: Set<string>;
  /** Those that are not. */
  readonly unset: Set<string>;
}

/** How a word is expanded; by default as BuildKit expands the words of an instruction. */
export interface ExpandOptions {
  /** A backslash when not given. */
  readonly escape?: EscapeToken;
  /** Quotes are text like any other, as in the body of a heredoc. */
  readonly ignoreQuotes?: boolean;
  /** Quotes do their work and stay in the result. */
  readonly rawQuotes?: boolean;
  /** Escapes do their work and stay in the result. */
  readonly rawEscapes?: boolean;
  /** A variable that is not set stays as written, instead of becoming nothing. */
  readonly keepUnset?: boolean;
  readonly trace?: VariableTrace;
}

/** How deep `${a:-${b:-…}}` may go; shells have no such need, only attacks do. */
const DEEPEST = 100;

/** The longest result, in UTF-16 units: a few lines of `ENV A=$A$A` could fill any memory. */
const LONGEST = 32 * 1024 * 1024;

const DIGITS = /\p{Nd}+/uy;
const NAME = /[\p{L}\p{Nd}_]+/uy;
const PLAIN = /[^$'"\\`<}/]+/y;
const MISSING_SLASH = "syntax error: missing '/' in \u0024{}";
const SPECIAL = "@*#?-$!";

/**
 * Expands `$name`, `${name}` and the modifiers `:-` `-` `:+` `+` `:?` `?` `#` `##` `%` `%%` `/`
 * `//`, and takes away quotes and escapes: the semantics of BuildKit's `shell.Lex`. Throws
 * `invalid-argument` on an open quote, a bad substitution or a `?` that fails.
 */
export function expandWord(word: string, env: Environment, options: ExpandOptions = {}): string {
  return attempt(word, () => new ShellLexer(word, env, options).run());
}

/**
 * The words a text expands to: {@link expandWord} with its result split at the white space outside
 * quotes, the white space that came from variables included.
 */
export function expandWords(
  text: string,
  env: Environment,
  options: ExpandOptions = {},
): readonly string[] {
  const words = new WordSplitter();
  attempt(text, () => new ShellLexer(text, env, options).run(words));
  return words.finish();
}

function attempt(word: string, expand: () => string): string {
  try {
    return expand();
  } catch (error) {
    return refuse(`failed to process ${quote(clip(word))}: ${messageOf(error)}`);
  }
}

class ShellLexer {
  readonly #text: string;
  readonly #env: Environment;
  readonly #options: ExpandOptions;
  readonly #escape: EscapeToken;
  #at = 0;
  #depth = 0;
  #rawEscapes: boolean;

  constructor(text: string, env: Environment, options: ExpandOptions) {
    this.#text = text;
    this.#env = env;
    this.#options = options;
    this.#escape = options.escape ?? "\\";
    this.#rawEscapes = options.rawEscapes ?? false;
  }

  run(words?: WordSplitter): string {
    return this.#until(undefined, this.#rawEscapes, words);
  }

  /** Reads up to and over `stop`, or to the end of the text when there is none. */
  #until(stop: string | undefined, rawEscapes: boolean, words?: WordSplitter): string {
    const outer = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    let result = "";
    while (this.#at < this.#text.length) {
      if (this.#text[this.#at] === stop) {
        this.#at++;
        this.#rawEscapes = outer;
        return result;
      }
      result += this.#piece(words);
      checkLength(result);
    }
    if (stop !== undefined)
      refuse(`unexpected end of statement while looking for matching ${stop}`);
    this.#rawEscapes = outer;
    return result;
  }

  #piece(words: WordSplitter | undefined): string {
    const char = this.#text[this.#at]!;
    if (char === "$") return this.#noted(this.#dollar(), words, false);
    if (char === "'" && !this.#options.ignoreQuotes)
      return this.#noted(this.#singleQuoted(), words, true);
    if (char === '"' && !this.#options.ignoreQuotes)
      return this.#noted(this.#doubleQuoted(), words, true);
    if (char === "<" && words) return this.#noted(this.#lessThan(), words, true);
    if (char === this.#escape) return this.#noted(this.#escaped(), words, true);
    const plain = this.#match(PLAIN) || this.#text[this.#at++]!;
    return this.#noted(plain, words, false);
  }

  #noted(text: string, words: WordSplitter | undefined, whole: boolean): string {
    if (whole) words?.addWhole(text);
    else words?.addSplit(text);
    return text;
  }

  /** The white space between `<<` and a heredoc's name does not part them. */
  #lessThan(): string {
    const from = this.#at++;
    if (this.#text[this.#at] !== "<") return "<";
    this.#at++;
    while (/[\t\v\f\r ]/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  #escaped(): string {
    const from = this.#rawEscapes ? this.#at : this.#at + 1;
    this.#at += 2;
    return this.#text.slice(from, this.#at);
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) refuse("unexpected end of statement while looking for matching single-quote");
    const edge = this.#options.rawQuotes ? 0 : 1;
    const result = this.#text.slice(this.#at + edge, end + 1 - edge);
    this.#at = end + 1;
    return result;
  }

  #doubleQuoted(): string {
    const edge = this.#options.rawQuotes ? '"' : "";
    let result = edge;
    this.#at++;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!;
      if (char === '"') {
        this.#at++;
        return result + edge;
      }
      if (char === "$") result += this.#dollar();
      else if (char === this.#escape) result += this.#escapedInQuotes();
      else {
        result += char;
        this.#at++;
      }
      checkLength(result);
    }
    return refuse("unexpected end of statement while looking for matching double-quote");
  }

  /** Inside double quotes only `"`, `$` and the escape itself can be escaped. */
  #escapedInQuotes(): string {
    const kept = this.#rawEscapes ? this.#escape : "";
    const next = this.#text[++this.#at];
    if (next === undefined) return kept;
    if (next !== '"' && next !== "$" && next !== this.#escape) return kept + this.#escape;
    this.#at++;
    return kept + next;
  }

  #dollar(): string {
    this.#at++;
    if (this.#text[this.#at] === "{") return this.#braced();
    const name = this.#name();
    if (name === "") return "$";
    const value = this.#look(name);
    return value ?? (this.#options.keepUnset ? `$${name}` : "");
  }

  #braced(): string {
    if (++this.#depth > DEEPEST)
      refuse(`substitutions are nested more than ${DEEPEST} deep: use fewer \${…} inside \${…}`);
    const first = this.#text[++this.#at];
    if (first === undefined) refuse("syntax error: missing '}'");
    if (first === "{" || first === "}" || first === ":") refuse("syntax error: bad substitution");
    const result = this.#substitution(this.#name());
    this.#depth--;
    return result;
  }

  #substitution(name: string): string {
    const operator = this.#text[this.#at++] ?? refuse("syntax error: missing '}'");
    if (operator === "}") return this.#look(name) ?? (this.#options.keepUnset ? `\${${name}}` : "");
    if (operator === "/") return this.#replacement(name);
    const modifier = operator === ":" ? `:${this.#text[this.#at++] ?? ""}` : operator;
    if (operator !== ":" && !"+-?#%".includes(modifier)) unsupported(modifier);
    const kind = modifier.at(-1)!;
    const word = this.#argument("}", kind === "#" || kind === "%");
    const value = this.#look(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}${modifier}${word}}`;
    return modified(name, value, modifier, word);
  }

  #replacement(name: string): string {
    const all = this.#text[this.#at] === "/";
    if (all) this.#at++;
    const pattern = this.#argument("/", true, MISSING_SLASH);
    const replacement = this.#argument("}", true);
    const value = this.#look(name);
    if (value !== undefined) return replacePattern(value, pattern, replacement, all, LONGEST);
    return this.#options.keepUnset ? `\${${name}/${pattern}/${replacement}}` : "";
  }

  /** A modifier's argument; whatever is wrong at the end of the text is the missing `stop`. */
  #argument(stop: string, rawEscapes: boolean, missing = "syntax error: missing '}'"): string {
    try {
      return this.#until(stop, rawEscapes);
    } catch (error) {
      if (this.#at >= this.#text.length) refuse(missing);
      throw error;
    }
  }

  #name(): string {
    const digits = this.#match(DIGITS);
    if (digits !== "") return digits;
    const char = this.#text[this.#at];
    if (char === undefined || !SPECIAL.includes(char)) return this.#match(NAME);
    this.#at++;
    return char;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #look(name: string): string | undefined {
    const value = this.#env.get(name);
    this.#options.trace?.[value === undefined ? "unset" : "used"].add(name);
    return value;
  }
}

function modified(name: string, value: string | undefined, modifier: string, word: string): string {
  const missing = value === undefined || (modifier.startsWith(":") && value === "");
  switch (modifier.at(-1)) {
    case "-":
      return missing ? word : value;
    case "+":
      return missing ? "" : word;
    case "?":
      return missing ? complain(name, value, word) : value;
    case "#":
    case "%":
      return trimPattern(value ?? "", modifier.at(-1) as "#" | "%", word);
    default:
      return unsupported(modifier);
  }
}

function complain(name: string, value: string | undefined, word: string): never {
  const state = value === undefined ? "unset" : "empty";
  return refuse(`${name}: ${word === "" ? `is not allowed to be ${state}` : word}`);
}

function unsupported(modifier: string): never {
  return refuse(`unsupported modifier (${modifier}) in substitution`);
}

function checkLength(text: string): void {
  if (text.length > LONGEST)
    refuse(`the result is longer than ${LONGEST} characters: a variable repeats itself too often`);
}
