import { quote } from "#errors";

/** The classes of token that the parser of template actions tells apart. */
export type TokenType =
  | "text"
  | "left delimiter"
  | "right delimiter"
  | "space"
  | "identifier"
  | "keyword"
  | "field"
  | "variable"
  | "dot"
  | "nil"
  | "bool"
  | "number"
  | "char"
  | "string"
  | "raw string"
  | "("
  | ")"
  | "|"
  | "="
  | ":="
  | "punctuation"
  | "end of input"
  | "error";

/** One token: its text as written (for `error` the message), its offset and its line from 1. */
export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly pos: number;
  readonly line: number;
}

const KEYWORDS = new Set("block break continue define else end if range template with".split(" "));
const LEFT = "{{";
const RIGHT = "}}";
const SPACE = /[ \t\r\n]/;

/** Inside an action, tried in this order; each is anchored at the current offset. */
const RULES: readonly [TokenType, RegExp][] = [
  ["space", /[ \t\r\n]+/y],
  [":=", /:=/y],
  ["=", /=/y],
  ["|", /\|/y],
  ["(", /\(/y],
  [")", /\)/y],
  ["string", /"(?:[^"\\\n]|\\[^\n])*"/y],
  ["raw string", /`[^`]*`/y],
  ["char", /'(?:[^'\\\n]|\\[^\n])*'/y],
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["field", /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["dot", /\.(?![\p{Nd}])/uy],
  [
    "number",
    /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*|0[bB][01_]*|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y,
  ],
  ["identifier", /[\p{L}\p{Nd}_]+/uy],
  ["punctuation", /[!-~]/y],
];
const WORDS: readonly TokenType[] = ["identifier", "field", "variable", "dot"];
const STARTS_NUMBER = /[+\-.\d]/;
const UNTERMINATED: Record<string, string> = {
  '"': "unterminated quoted string",
  "`": "unterminated raw quoted string",
  "'": "unterminated character constant",
};

/** Splits template text into tokens; the last one is `end of input` or `error`. */
export function tokenize(text: string): Token[] {
  return new Lexer(text).run();
}

class Lexer {
  private readonly text: string;
  private readonly tokens: Token[] = [];
  private pos = 0;
  private line = 1;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  run(): Token[] {
    while (!this.failed() && this.pos < this.text.length) this.literal();
    if (!this.failed()) this.emit("end of input", 0);
    return this.tokens;
  }

  /** Plain text up to the next action, then that action. */
  private literal(): void {
    const open = this.text.indexOf(LEFT, this.pos);
    const end = open < 0 ? this.text.length : open;
    const trim = open >= 0 && /^-[ \t\r\n]/.test(this.text.slice(end + 2, end + 4));
    const kept = (trim ? this.trimmedEnd(end) : end) - this.pos;
    if (kept > 0) this.emit("text", kept);
    this.skip(end - this.pos);
    if (open >= 0) this.action(trim ? 2 : 0);
  }

  private action(marker: number): void {
    if (this.text.startsWith("/*", this.pos + LEFT.length + marker)) {
      this.skip(LEFT.length + marker);
      this.comment();
      return;
    }
    this.emit("left delimiter", LEFT.length);
    this.skip(marker);
    this.depth = 0;
    while (!this.failed() && !this.atRight()) this.inside();
    if (!this.failed()) this.closeAction();
  }

  private comment(): void {
    const end = this.text.indexOf("*/", this.pos + 2);
    const after = end + 2;
    const trimmed = this.trimmedRightAt(after);
    if (end < 0) this.error("unclosed comment");
    else if (trimmed || this.text.startsWith(RIGHT, after)) {
      this.skip(after + (trimmed ? 4 : 2) - this.pos);
      if (trimmed) this.skipSpace();
    } else this.error("comment ends before closing delimiter");
  }

  private closeAction(): void {
    if (this.depth > 0) this.error("unclosed left paren");
    else this.rightDelimiter();
  }

  private rightDelimiter(): void {
    const trimmed = this.trimmedRightAt(this.pos);
    if (trimmed) this.skip(2);
    this.emit("right delimiter", RIGHT.length);
    if (trimmed) this.skipSpace();
  }

  private inside(): void {
    const char = this.text[this.pos];
    const found = char === undefined ? undefined : this.match(char);
    if (found) this.take(...found);
    else this.error(this.complaint(char));
  }

  private match(first: string): [TokenType, string] | undefined {
    for (const [type, rule] of RULES) {
      rule.lastIndex = this.pos;
      const found = rule.exec(this.text)?.[0];
      if (found && this.mayStart(type, first)) return [type, found];
    }
    return undefined;
  }

  private complaint(char: string | undefined): string {
    if (char === undefined) return "unclosed action";
    if (char === ":") return "expected :=";
    const unknown = `unrecognized character in action: ${this.describe(this.pos)}`;
    return UNTERMINATED[char] ?? unknown;
  }

  /** Rules whose pattern is wider than what may start them. */
  private mayStart(type: TokenType, first: string): boolean {
    if (type === "number") return STARTS_NUMBER.test(first);
    if (type === "punctuation") return UNTERMINATED[first] === undefined && first !== ":";
    return true;
  }

  private take(type: TokenType, found: string): void {
    if (type === "space") this.space(found);
    else if (type === "number") this.number(found);
    else if (type === "(" || type === ")") this.parenthesis(type);
    else if (WORDS.includes(type)) this.word(type, found);
    else this.emit(type, found.length);
  }

  private parenthesis(type: "(" | ")"): void {
    this.depth += type === "(" ? 1 : -1;
    this.emit(type, 1);
    if (this.depth < 0) this.error("unexpected right paren U+0029 ')'");
  }

  private word(type: TokenType, found: string): void {
    const { pos } = this;
    this.emit(this.wordType(type, found), found.length);
    if (this.atTerminator()) return;
    this.tokens.pop();
    this.error(`bad character ${this.describe(pos + found.length)}`);
  }

  private wordType(type: TokenType, found: string): TokenType {
    if (type !== "identifier") return type;
    if (KEYWORDS.has(found)) return "keyword";
    if (found === "nil") return "nil";
    return found === "true" || found === "false" ? "bool" : type;
  }

  /** The last space of a run belongs to a ` -}}` that follows it. */
  private space(found: string): void {
    const trimmed = this.trimmedRightAt(this.pos + found.length - 1);
    this.emit("space", trimmed ? found.length - 1 : found.length);
  }

  private number(found: string): void {
    const next = this.text.slice(this.pos + found.length).match(/^[\p{L}\p{Nd}_]/u)?.[0] ?? "";
    const imaginary = found.endsWith("i") || /^[+-]/.test(this.text.slice(this.pos + found.length));
    if (next || imaginary) this.error(`bad number syntax: ${quote(found + next)}`);
    else this.emit("number", found.length);
  }

  private atRight(): boolean {
    return this.text.startsWith(RIGHT, this.pos) || this.trimmedRightAt(this.pos);
  }

  private trimmedRightAt(pos: number): boolean {
    return SPACE.test(this.text[pos] ?? "") && this.text.startsWith(`-${RIGHT}`, pos + 1);
  }

  private atTerminator(): boolean {
    const next = this.text[this.pos];
    return (
      next === undefined || /[ \t\r\n.,|:)(]/.test(next) || this.text.startsWith(RIGHT, this.pos)
    );
  }

  private describe(pos: number): string {
    const point = this.text.codePointAt(pos) ?? 0;
    const hex = point.toString(16).toUpperCase().padStart(4, "0");
    return /[\p{C}\p{Zl}\p{Zp}]/u.test(String.fromCodePoint(point))
      ? `U+${hex}`
      : `U+${hex} '${String.fromCodePoint(point)}'`;
  }

  private emit(type: TokenType, length: number): void {
    const text = this.text.slice(this.pos, this.pos + length);
    this.tokens.push({ type, text, pos: this.pos, line: this.line });
    this.skip(length);
  }

  private error(message: string): void {
    this.tokens.push({ type: "error", text: message, pos: this.pos, line: this.line });
  }

  private failed(): boolean {
    return this.tokens.at(-1)?.type === "error";
  }

  private skip(length: number): void {
    const skipped = this.text.slice(this.pos, this.pos + length);
    this.line += skipped.split("\n").length - 1;
    this.pos += length;
  }

  private trimmedEnd(end: number): number {
    let kept = end;
    while (kept > this.pos && SPACE.test(this.text[kept - 1] ?? "")) kept--;
    return kept;
  }

  private skipSpace(): void {
    while (SPACE.test(this.text[this.pos] ?? "")) this.skip(1);
  }
}
