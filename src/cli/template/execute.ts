import { fail, quote } from "#errors";
import { Evaluation } from "./evaluate.ts";
import { FUNCTIONS, type TemplateFunction } from "./functions.ts";
import type { Branch, Invocation, Node } from "./nodes.ts";
import { type Definitions, parseText } from "./parser.ts";
import { formatValue } from "./print.ts";
import { isMap, isNil, isStruct, isTrue, mapEntries, structEntries } from "./value.ts";

/** Bodies that call each other deeper than this are taken for endless. */
const MAX_DEPTH = 300;

export interface ExecuteOptions {
  /** Absent keys of JSON objects are errors, as in `docker inspect --format`. */
  readonly strict?: boolean;
}

export interface ParseOptions {
  /** Functions that give back their first argument, as in the header of a table. */
  readonly identities?: readonly string[];
}

/** A parsed format string. */
export interface Template {
  /**
   * The text that the template makes of `data`. Plain objects and `Map`s are Go's maps, instances
   * of classes its structs; functions are called where they are read, with the arguments given.
   *
   * @throws KindedError `invalid-argument` in the words of docker's CLI
   */
  execute(data: unknown, options?: ExecuteOptions): string;
}

/**
 * Parses a format string: Go's text/template with the functions of docker's CLI.
 *
 * @throws KindedError `invalid-argument` in the words of docker's CLI
 * @see https://pkg.go.dev/text/template
 * @see https://docs.docker.com/go/formatting/
 */
export function parseTemplate(text: string, { identities = [] }: ParseOptions = {}): Template {
  const functions = identities.length > 0 ? withIdentities(identities) : FUNCTIONS;
  const definitions = parseText(text, (name) => functions.has(name));
  return {
    execute: (data, { strict = false } = {}) =>
      new Execution(definitions, new Evaluation({ text, functions, strict })).run(data),
  };
}

function withIdentities(names: readonly string[]): ReadonlyMap<string, TemplateFunction> {
  const identity = (value: unknown) => value;
  return new Map([
    ...FUNCTIONS,
    ...names.map((name) => [name, { parameters: [], rest: "any", call: identity }] as const),
  ]);
}

type Jump = "break" | "continue" | undefined;

class Execution {
  private readonly definitions: Definitions;
  private readonly values: Evaluation;
  private readonly output: string[] = [];
  private depth = 0;

  constructor(definitions: Definitions, values: Evaluation) {
    this.definitions = definitions;
    this.values = values;
  }

  run(data: unknown): string {
    const body = this.definitions.get("") ?? fail("internal", "template has no body");
    this.values.isolate("", data, () => void this.list(data, body));
    return this.output.join("");
  }

  private list(dot: unknown, nodes: readonly Node[]): Jump {
    for (const node of nodes) {
      const jump = this.node(dot, node);
      if (jump) return jump;
    }
    return undefined;
  }

  private node(dot: unknown, node: Node): Jump {
    this.values.at(node);
    switch (node.kind) {
      case "text":
        this.output.push(node.text);
        return undefined;
      case "action": {
        const value = this.values.pipeline(dot, node.pipeline);
        if (node.pipeline.variables.length === 0) this.print(node, value);
        return undefined;
      }
      case "break":
      case "continue":
        return node.kind;
      case "template":
        return this.invoke(dot, node);
      case "range":
        return this.values.scope(() => this.range(dot, node));
      default:
        return this.values.scope(() => this.choose(dot, node));
    }
  }

  private print(node: Node, value: unknown): void {
    this.values.at(node);
    this.output.push(value === undefined ? "<no value>" : formatValue(value));
  }

  private choose(dot: unknown, { kind, pipeline, body, otherwise }: Branch): Jump {
    const value = this.values.pipeline(dot, pipeline);
    if (isTrue(value)) return this.list(kind === "with" ? value : dot, body);
    return otherwise && this.list(dot, otherwise);
  }

  private range(dot: unknown, node: Branch): Jump {
    const items = this.items(this.values.pipeline(dot, node.pipeline));
    let empty = true;
    for (const [key, value] of items) {
      empty = false;
      const jump = this.values.scope(() => this.iterate(node, key, value));
      if (jump === "break") break;
    }
    return empty && node.otherwise ? this.list(dot, node.otherwise) : undefined;
  }

  private iterate({ pipeline, body }: Branch, key: unknown, value: unknown): Jump {
    const { length } = pipeline.variables;
    if (length > 0) this.values.setRecent(1, value);
    if (length > 1) this.values.setRecent(2, key);
    return this.list(value, body);
  }

  private items(value: unknown): Iterable<[unknown, unknown]> {
    if (Array.isArray(value) || value instanceof Uint8Array) return value.entries();
    if (isMap(value)) return mapEntries(value);
    if (isStruct(value)) return structEntries(value);
    if (isNil(value)) return [];
    if (typeof value === "number" && Number.isInteger(value)) return count(value);
    return this.values.error(`range can't iterate over ${formatValue(value)}`);
  }

  private invoke(dot: unknown, node: Invocation): undefined {
    const body = this.definitions.get(node.name);
    if (body === undefined) this.values.error(`template ${quote(node.name)} not defined`);
    if (this.depth === MAX_DEPTH) {
      this.values.error(`exceeded maximum template depth (${MAX_DEPTH})`);
    }
    const data = node.pipeline && this.values.pipeline(dot, node.pipeline);
    this.depth++;
    this.values.isolate(node.name, data, () => void this.list(data, body));
    this.depth--;
  }
}

/** Go 1.24 ranges over the integers below a number. */
function* count(end: number): Iterable<[number, number]> {
  for (let n = 0; n < end; n++) yield [n, n];
}
