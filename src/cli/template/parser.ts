import { quote } from "#errors";
import { Cursor } from "./cursor.ts";
import { ExpressionParser } from "./expressions.ts";
import type { Branch, Invocation, Node } from "./nodes.ts";
import { type Token, tokenize } from "./tokens.ts";

/** The bodies of a parsed text: the main one under the empty name, and those of `define`. */
export type Definitions = ReadonlyMap<string, readonly Node[]>;

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
  private readonly expressions: ExpressionParser;
  private readonly definitions = new Map<string, readonly Node[]>();
  private loops = 0;

  constructor(at: Cursor, isFunction: (name: string) => boolean) {
    this.at = at;
    this.expressions = new ExpressionParser(at, isFunction);
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
    const { loops } = this;
    this.loops = 0;
    const [body, ending] = this.expressions.isolate(() => this.list());
    if (ending === "else") this.at.error(`unexpected {{else}} in ${context}`);
    this.loops = loops;
    this.define(name, body);
  }

  /** A later definition may only replace one that is blank. */
  private define(name: string, body: readonly Node[]): void {
    const known = this.definitions.get(name);
    if (known === undefined || isBlank(known)) this.definitions.set(name, body);
    else if (!isBlank(body)) {
      this.at.error(`template: multiple definition of template ${quote(name)}`);
    }
  }

  private list(): [Node[], Ending["ending"]] {
    return this.expressions.nested(() => {
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
    const pipeline = this.expressions.pipeline("command", "right delimiter");
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
    return this.expressions.scope(() => {
      const pipeline = this.expressions.pipeline(kind, "right delimiter");
      if (kind === "range") this.loops++;
      const [body, ending] = this.list();
      if (kind === "range") this.loops--;
      const otherwise = ending === "else" ? this.elseBody(kind) : undefined;
      return { kind, pos, pipeline, body, otherwise };
    });
  }

  /** `{{else if}}` and `{{else with}}` share the one `{{end}}` of their outer branch. */
  private elseBody(kind: Branch["kind"]): readonly Node[] {
    const { pos } = this.at.peekSolid();
    if (kind !== "range" && this.at.accept("keyword", kind)) {
      return [this.expressions.nested(() => this.branch(kind, pos))];
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
    const pipeline = this.expressions.pipeline("block clause", "right delimiter");
    this.subtree(name, "block clause");
    return { kind: "template", pos, name, pipeline };
  }

  private invocation(): Invocation {
    const { pos } = this.at.peekSolid();
    const name = this.quotedName("template clause");
    const bare = this.at.accept("right delimiter");
    const pipeline = bare
      ? undefined
      : this.expressions.pipeline("template clause", "right delimiter");
    return { kind: "template", pos, name, pipeline };
  }

  private quotedName(context: string): string {
    const token = this.at.takeSolid();
    if (token.type !== "string" && token.type !== "raw string") this.at.unexpected(token, context);
    return this.expressions.unquote(token);
  }
}

function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}
