import { fail, quote } from "#errors";
import type { Token, TokenType } from "./tokens.ts";

/** A place in the tokens of a template, with the errors that point at it. */
export class Cursor {
  /** Where the action being read began; 0 outside of actions. */
  actionLine = 0;
  private readonly tokens: readonly Token[];
  private next = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get place(): number {
    return this.next;
  }

  rewind(place: number): void {
    this.next = place;
  }

  peek(): Token {
    return this.tokens[this.next] as Token;
  }

  /** The last token stays: reading past the end gives it again. */
  take(): Token {
    const token = this.peek();
    if (this.next < this.tokens.length - 1) this.next++;
    return token;
  }

  /** The next token that is not space; the space before it is gone. */
  peekSolid(): Token {
    while (this.peek().type === "space") this.next++;
    return this.peek();
  }

  takeSolid(): Token {
    this.peekSolid();
    return this.take();
  }

  /** Takes the next solid token if it is this one. */
  accept(type: TokenType, text?: string): boolean {
    const token = this.peekSolid();
    const found = token.type === type && (text === undefined || token.text === text);
    if (found) this.take();
    return found;
  }

  expect(type: TokenType, context: string): Token {
    const token = this.takeSolid();
    return token.type === type ? token : this.unexpected(token, context);
  }

  unexpected(token: Token, context: string): never {
    if (token.type !== "error") {
      this.error(`unexpected ${formatToken(token)} in ${context}`, token.line);
    }
    const elsewhere = this.actionLine !== 0 && this.actionLine !== token.line;
    const what = token.text.endsWith(" action") ? "" : " in action";
    return this.error(
      token.text + (elsewhere ? `${what} started at :${this.actionLine}` : ""),
      token.line,
    );
  }

  /** Fails at a line: by default that of the token taken last. */
  error(message: string, line = this.tokens[Math.max(0, this.next - 1)]?.line ?? 1): never {
    return fail("invalid-argument", `template parsing error: template: :${line}: ${message}`);
  }
}

function formatToken({ type, text }: Token): string {
  if (type === "end of input") return "EOF";
  if (type === "keyword" || type === "dot" || type === "nil") return `<${text}>`;
  const points = [...text];
  return points.length > 10 ? `${quote(points.slice(0, 10).join(""))}...` : quote(text);
}
