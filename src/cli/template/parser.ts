import { Cursor } from "./cursor.ts";
import type { Branch, Command, Invocation, Literal, Node, Operand, Pipeline } from "./nodes.ts";
import { formatNode } from "./nodes.ts";
import { parseNumber } from "./number.ts";
import { quoteGo, unquoteGo } from "./quote.ts";
import { type Token, type TokenType, tokenize } from "./tokens.ts";

/** The bodies of a parsed text: the main one under the empty name, and those of `define`. */
export type Definitions = ReadonlyMap<string, readonly Node[]>;

/** Deep enough for any real format, shallow enough for the call stack. */
const MAX_NESTING = 300;

const STARTS_COMMAND: readonly TokenType[] = [
  ...(["bool", "char", "dot", "field", "identifier", "number", "nil"] as const),
  ...(["raw string", "string", "variable", "("] as const),
];
const NOT_EXECUTABLE: readonly Operand["kind"][] = ["bool", "dot", "nil", "number", "string"];

interface Ending {
  readonly ending: "end" | "else";
}

/**
 * Parses a template in the language of Go's text/template.
 *
 * @param isFunction says whether a name may be called
 * @throws KindedError `invalid-argument` in text/template's words
 */
export function parseText(text: string, isFunction: (name: string) => boolean): Definitions {
  return new Parser(new Cursor(tokenize(text)), isFunction).parse();
}

class Parser {
  private readonly at: Cursor;
  private readonly isFunction: (name: string) => boolean;
  private readonly definitions = new Map<string, readonly Node[]>();
  private variables = ["$"];
  private loops = 0;
  private nesting = 0;

  constructor(at: Cursor, isFunction: (name: string) => boolean) {
    this.at = at;
    this.isFunction = isFunction;
  }

  parse(): Definitions {
    const nodes: Node[] = [];
    while (this.at.peekSolid().type !== "end of input") {
      if (this.definition()) continue;
      const node = this.textOrAction();
      if ("ending" in node) this.at.error(`unexpected {{${node.ending}}}`);
      nodes.push(node);
    }
    this.define("", nodes);
    return this.definitions;
  }

  /** `{{define "name"}}…{{end}}`, which stands at the top level only. */
  private definition(): boolean {
    const start = this.at.place;
    const found = this.at.accept("left delimiter") && this.at.accept("keyword", "define");
    if (!found) {
      this.at.rewind(start);
      return false;
    }
    const name = this.quotedName("define clause");
    this.at.expect("right delimiter", "define clause");
    this.subtree(name, "define clause");
    return true;
  }

  /** The body of a `define` or `block`, which sees none of the variables around it. */
  private subtree(name: string, context: string): void {
    const { variables, loops } = this;
    this.variables = ["$"];
    this.loops = 0;
    const [body, ending] = this.list();
    if (ending === "else") this.at.error(`unexpected {{else}} in ${context}`);
    this.variables = variables;
    this.loops = loops;
    this.define(name, body);
  }

  /** A later definition may only replace one that is blank. */
  private define(name: string, body: readonly Node[]): void {
    const known = this.definitions.get(name);
    if (known === undefined || isBlank(known)) this.definitions.set(name, body);
    else if (!isBlank(body)) {
      this.at.error(`template: multiple definition of template ${quoteGo(name)}`);
    }
  }

  private list(): [Node[], Ending["ending"]] {
    return this.nested(() => {
      const nodes: Node[] = [];
      while (this.at.peekSolid().type !== "end of input") {
        const node = this.textOrAction();
        if ("ending" in node) return [nodes, node.ending];
        nodes.push(node);
      }
      return this.at.error("unexpected EOF");
    });
  }

  private textOrAction(): Node | Ending {
    const token = this.at.takeSolid();
    if (token.type === "text") return { kind: "text", pos: token.pos, text: token.text };
    if (token.type !== "left delimiter") return this.at.unexpected(token, "input");
    this.at.actionLine = token.line;
    const node = this.action();
    this.at.actionLine = 0;
    return node;
  }

  private action(): Node | Ending {
    const token = this.at.peekSolid();
    if (token.type === "keyword") return this.keyword(this.at.take());
    const pipeline = this.pipeline("command", "right delimiter");
    return { kind: "action", pos: token.pos, pipeline };
  }

  private keyword(token: Token): Node | Ending {
    switch (token.text) {
      case "if":
      case "range":
      case "with":
        return this.branch(token.text, token.pos);
      case "break":
      case "continue":
        return this.jump(token.text, token.pos);
      case "end":
        this.at.expect("right delimiter", "end");
        return { ending: "end" };
      case "else":
        return this.else();
      case "block":
        return this.block();
      case "template":
        return this.invocation();
      default:
        return this.at.unexpected(token, "command");
    }
  }

  private branch(kind: Branch["kind"], pos: number): Branch {
    const mark = this.variables.length;
    const pipeline = this.pipeline(kind, "right delimiter");
    if (kind === "range") this.loops++;
    const [body, ending] = this.list();
    if (kind === "range") this.loops--;
    const otherwise = ending === "else" ? this.elseBody(kind) : undefined;
    this.variables.length = mark;
    return { kind, pos, pipeline, body, otherwise };
  }

  /** `{{else if}}` and `{{else with}}` share the one `{{end}}` of their outer branch. */
  private elseBody(kind: Branch["kind"]): readonly Node[] {
    const { pos } = this.at.peekSolid();
    if (kind !== "range" && this.at.accept("keyword", kind)) {
      return [this.nested(() => this.branch(kind, pos))];
    }
    const [body, ending] = this.list();
    if (ending === "else") this.at.error("expected end; found {{else}}");
    return body;
  }

  private else(): Ending {
    const { type, text } = this.at.peekSolid();
    const chains = type === "keyword" && (text === "if" || text === "with");
    if (!chains) this.at.expect("right delimiter", "else");
    return { ending: "else" };
  }

  private jump(kind: "break" | "continue", pos: number): Node {
    this.at.expect("right delimiter", `{{${kind}}}`);
    if (this.loops === 0) this.at.error(`{{${kind}}} outside {{range}}`);
    return { kind, pos };
  }

  private block(): Invocation {
    const { pos } = this.at.peekSolid();
    const name = this.quotedName("block clause");
    const pipeline = this.pipeline("block clause", "right delimiter");
    this.subtree(name, "block clause");
    return { kind: "template", pos, name, pipeline };
  }

  private invocation(): Invocation {
    const { pos } = this.at.peekSolid();
    const name = this.quotedName("template clause");
    const bare = this.at.accept("right delimiter");
    const pipeline = bare ? undefined : this.pipeline("template clause", "right delimiter");
    return { kind: "template", pos, name, pipeline };
  }

  private quotedName(context: string): string {
    const token = this.at.takeSolid();
    if (token.type !== "string" && token.type !== "raw string") this.at.unexpected(token, context);
    return this.unquote(token);
  }

  private pipeline(context: string, end: TokenType): Pipeline {
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
    if (!this.variables.includes(name)) this.at.error(`undefined variable ${quoteGo(name)}`);
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
      this.at.error(`unexpected . after term ${quoteGo(formatNode(term))}`);
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
    if (!this.isFunction(text)) this.at.error(`function ${quoteGo(text)} not defined`);
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

  private unquote(token: Token): string {
    return unquoteGo(token.text) ?? this.at.error("invalid syntax");
  }

  private nested<T>(parse: () => T): T {
    if (++this.nesting > MAX_NESTING) this.at.error("template is nested too deeply");
    const result = parse();
    this.nesting--;
    return result;
  }
}

function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}
