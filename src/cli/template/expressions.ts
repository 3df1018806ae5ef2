import { quote } from "#errors";
import type { Cursor } from "./cursor.ts";
import { type Command, formatNode, type Literal, type Operand, type Pipeline } from "./nodes.ts";
import { parseNumber } from "./number.ts";
import { unquoteGo } from "./quote.ts";
import type { Token, TokenType } from "./tokens.ts";

/** Deep enough for any real format, shallow enough for the call stack. */
const MAX_NESTING = 300;

const STARTS_COMMAND: readonly TokenType[] = [
  ...(["bool", "char", "dot", "field", "identifier", "number", "nil"] as const),
  ...(["raw string", "string", "variable", "("] as const),
];
const NOT_EXECUTABLE: readonly Operand["kind"][] = ["bool", "dot", "nil", "number", "string"];

/** Parses pipelines, and knows which variables they may use. */
export class ExpressionParser {
  private readonly at: Cursor;
  private readonly isFunction: (name: string) => boolean;
  private variables = ["$"];
  private nesting = 0;

  constructor(at: Cursor, isFunction: (name: string) => boolean) {
    this.at = at;
    this.isFunction = isFunction;
  }

  /** Parses something in which variables declared end with it. */
  scope<T>(parse: () => T): T {
    const mark = this.variables.length;
    const result = parse();
    this.variables.length = mark;
    return result;
  }

  /** Parses something that sees none of the variables around it. */
  isolate<T>(parse: () => T): T {
    const { variables } = this;
    this.variables = ["$"];
    const result = parse();
    this.variables = variables;
    return result;
  }

  /** Parses something inside of something else, but not without end. */
  nested<T>(parse: () => T): T {
    if (++this.nesting > MAX_NESTING) this.at.error("template is nested too deeply");
    const result = parse();
    this.nesting--;
    return result;
  }

  pipeline(context: string, end: TokenType): Pipeline {
    const { pos } = this.at.peekSolid();
    const { variables, assigns } = this.targets(context);
    const commands: Command[] = [];
    while (!this.at.accept(end)) {
      const token = this.at.peekSolid();
      if (!STARTS_COMMAND.includes(token.type)) this.at.unexpected(this.at.take(), context);
      commands.push(this.command());
    }
    this.checkCommands(commands, context);
    return { kind: "pipeline", pos, variables, assigns, commands };
  }

  private checkCommands(commands: readonly Command[], context: string): void {
    if (commands.length === 0) this.at.error(`missing value for ${context}`);
    const stage = commands.findIndex(
      ({ operands: [first] }, at) => at > 0 && first && NOT_EXECUTABLE.includes(first.kind),
    );
    if (stage > 0) this.at.error(`non executable command in pipeline stage ${stage + 1}`);
  }

  /** `$x :=`, `$x =`, or in a range `$i, $e :=`; nothing is consumed where there is none. */
  private targets(context: string): Pick<Pipeline, "variables" | "assigns"> {
    const names: string[] = [];
    while (this.at.peekSolid().type === "variable") {
      const start = this.at.place;
      names.push(this.at.take().text);
      if (this.at.accept(":=")) return { variables: this.declare(names), assigns: false };
      if (this.at.accept("=")) return { variables: this.reuse(names), assigns: true };
      if (!this.at.accept("punctuation", ",")) {
        this.at.rewind(start);
        names.pop();
        break;
      }
      this.checkMoreTargets(names, context);
    }
    return { variables: this.declare(names), assigns: false };
  }

  private checkMoreTargets(names: readonly string[], context: string): void {
    if (context !== "range" || names.length > 1) {
      this.at.error(`too many declarations in ${context}`);
    }
    const { type } = this.at.peekSolid();
    if (type !== "variable" && type !== "right delimiter" && type !== ")") {
      this.at.error("range can only initialize variables");
    }
  }

  private declare(names: string[]): string[] {
    this.variables.push(...names);
    return names;
  }

  private reuse(names: string[]): string[] {
    for (const name of names) this.checkVariable(name);
    return names;
  }

  private checkVariable(name: string): void {
    if (!this.variables.includes(name)) this.at.error(`undefined variable ${quote(name)}`);
  }

  private command(): Command {
    const { pos } = this.at.peekSolid();
    const operands: Operand[] = [];
    do {
      const operand = this.operand();
      if (operand) operands.push(operand);
    } while (this.moreOperands());
    if (operands.length === 0) this.at.error("empty command");
    return { kind: "command", pos, operands };
  }

  /** Space goes on, `|` and the end of the pipeline stop; the latter is left for it. */
  private moreOperands(): boolean {
    const { type } = this.at.peek();
    if (type === "right delimiter" || type === ")") return false;
    const token = this.at.take();
    if (type !== "space" && type !== "|") this.at.unexpected(token, "operand");
    return type === "space";
  }

  private operand(): Operand | undefined {
    const term = this.term();
    const { type, pos } = this.at.peek();
    if (term === undefined || type !== "field") return term;
    const names: string[] = [];
    while (this.at.peek().type === "field") names.push(this.at.take().text.slice(1));
    if (term.kind === "field" || term.kind === "variable") {
      return { ...term, pos, names: [...term.names, ...names] };
    }
    if (NOT_EXECUTABLE.includes(term.kind)) {
      this.at.error(`unexpected . after term ${quote(formatNode(term))}`);
    }
    return { kind: "chain", pos, of: term, names };
  }

  private term(): Operand | undefined {
    const { type, pos, text } = this.at.peekSolid();
    if (!STARTS_COMMAND.includes(type)) return undefined;
    const token = this.at.take();
    switch (type) {
      case "identifier":
        return this.call(token);
      case "dot":
      case "nil":
        return { kind: type, pos };
      case "variable":
        this.checkVariable(text);
        return { kind: "variable", pos, names: [text] };
      case "field":
        return { kind: "field", pos, names: [text.slice(1)] };
      case "(":
        return this.nested(() => this.pipeline("parenthesized pipeline", ")"));
      default:
        return this.literal(token);
    }
  }

  private call({ pos, text }: Token): Operand {
    if (!this.isFunction(text)) this.at.error(`function ${quote(text)} not defined`);
    return { kind: "identifier", pos, name: text };
  }

  private literal(token: Token): Literal {
    const { type, pos, text: source } = token;
    if (type === "bool") return { kind: "bool", pos, source, value: source === "true" };
    if (type === "string" || type === "raw string") {
      return { kind: "string", pos, source, value: this.unquote(token) };
    }
    const value = parseNumber(source);
    if (typeof value === "object") this.at.error(value.error);
    return { kind: "number", pos, source, value };
  }

  /** The value of a quoted token. */
  unquote(token: Token): string {
    return unquoteGo(token.text) ?? this.at.error("invalid syntax");
  }
}
