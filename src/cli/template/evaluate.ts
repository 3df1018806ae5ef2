import { fail, messageOf, quote } from "#errors";
import { checkArgument, type ParameterType, type TemplateFunction } from "./functions.ts";
import {
  type Chain,
  type Command,
  formatNode,
  type Located,
  type Operand,
  type Path,
  type Pipeline,
} from "./nodes.ts";
import { isMap, isNil, isStruct, isTrue, mapGet, structGet, typeName } from "./value.ts";

/** Stands for "no value comes down the pipe", which differs from an absent value. */
const NOTHING = Symbol("nothing");

/** What evaluation needs to know of the template around it. */
export interface Surroundings {
  readonly text: string;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  /** Whether an absent map key is an error (Docker's `inspect`) or `<no value>`. */
  readonly strict: boolean;
}

/** Evaluates pipelines against a dot and variables. */
export class Evaluation {
  /** The name of the body being run, for messages. */
  body = "";
  private readonly around: Surroundings;
  private variables: [string, unknown][] = [];
  private node: Located | undefined;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** Runs with variables of its own: only `$`. */
  isolate(body: string, dot: unknown, run: () => void): void {
    const { variables, body: outer } = this;
    this.variables = [["$", dot]];
    this.body = body;
    run();
    this.variables = variables;
    this.body = outer;
  }

  /** Runs a scope: variables declared in it end with it. */
  scope<T>(run: () => T): T {
    const mark = this.variables.length;
    const result = run();
    this.variables.length = mark;
    return result;
  }

  /** Sets the variable that was declared last but `back`. */
  setRecent(back: number, value: unknown): void {
    const variable = this.variables.at(-back);
    if (variable) variable[1] = value;
  }

  at(node: Located): void {
    this.node = node;
  }

  pipeline(dot: unknown, pipeline: Pipeline): unknown {
    this.at(pipeline);
    let value: unknown = NOTHING;
    for (const command of pipeline.commands) value = this.command(dot, command, value) ?? undefined;
    for (const name of pipeline.variables) {
      if (pipeline.assigns) this.assign(name, value);
      else this.variables.push([name, value]);
    }
    return value;
  }

  private assign(name: string, value: unknown): void {
    const variable = this.variables.findLast(([known]) => known === name);
    if (variable === undefined) this.error(`undefined variable: ${name}`);
    else variable[1] = value;
  }

  private command(dot: unknown, command: Command, final: unknown): unknown {
    const [first, ...args] = command.operands as [Operand, ...Operand[]];
    switch (first.kind) {
      case "identifier":
        this.at(first);
        return this.call(dot, first.name, command, args, final);
      case "field":
      case "variable":
      case "chain":
        return this.path(dot, first, args, final);
      case "nil":
        this.at(first);
        return this.error("nil is not a command");
      default:
        if (first.kind !== "pipeline") this.at(first);
        this.checkNoArguments(first, args, final);
        return this.operand(dot, first);
    }
  }

  private checkNoArguments(first: Operand, args: readonly Operand[], final: unknown): void {
    if (args.length === 0 && final === NOTHING) return;
    this.error(`can't give argument to non-function ${formatNode(first)}`);
  }

  /** The value of an operand that is given no arguments. */
  private operand(dot: unknown, operand: Operand): unknown {
    if (operand.kind === "pipeline") return this.pipeline(dot, operand);
    this.at(operand);
    switch (operand.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "identifier":
        return this.call(dot, operand.name, operand, [], NOTHING);
      case "field":
      case "variable":
      case "chain":
        return this.path(dot, operand, [], NOTHING);
      default:
        return operand.value;
    }
  }

  private path(dot: unknown, path: Path | Chain, args: readonly Operand[], final: unknown) {
    this.at(path);
    const [start, names] = this.startOf(dot, path);
    if (names.length === 0) {
      this.checkNoArguments(path, args, final);
      return start;
    }
    let value = start;
    for (const [index, name] of names.entries()) {
      const last = index === names.length - 1;
      value = this.field(dot, value, name, path, last ? args : [], last ? final : NOTHING);
    }
    return value;
  }

  private startOf(dot: unknown, path: Path | Chain): [unknown, readonly string[]] {
    if (path.kind === "chain") return [this.startOfChain(dot, path), path.names];
    if (path.kind === "field") return [dot, path.names];
    const [name, ...names] = path.names;
    const variable = this.variables.findLast(([known]) => known === name);
    return [variable?.[1], names];
  }

  private startOfChain(dot: unknown, chain: Chain): unknown {
    if (chain.of.kind === "nil") {
      this.error(`indirection through explicit nil in ${formatNode(chain)}`);
    }
    const start = this.operand(dot, chain.of);
    this.at(chain);
    return start;
  }

  private field(
    dot: unknown,
    receiver: unknown,
    name: string,
    node: Located,
    args: readonly Operand[],
    final: unknown,
  ): unknown {
    if (receiver === undefined) return undefined;
    if (isNil(receiver)) this.error(`nil pointer evaluating interface {}.${name}`);
    const value = this.member(receiver, name);
    if (typeof value === "function") {
      const count = args.length + (final === NOTHING ? 0 : 1);
      if (count !== value.length) this.wrongCount(name, String(value.length), count);
      const values = this.arguments(dot, args, final, () => "any");
      return this.guard(name, node, () => value(...values));
    }
    if (args.length > 0 || final !== NOTHING) this.error(refusal(receiver, name));
    return value;
  }

  private member(receiver: unknown, name: string): unknown {
    if (isMap(receiver)) return this.entry(receiver, name);
    const value = isStruct(receiver) ? structGet(receiver, name) : undefined;
    if (value !== undefined) return value;
    const { strict } = this.around;
    if (strict && isStruct(receiver)) this.error(`map has no entry for key ${quote(name)}`);
    const type = strict ? "interface {}" : typeName(receiver);
    return this.error(`can't evaluate field ${name} in type ${type}`);
  }

  /** Only JSON objects are strict: a `Map` has keys that are the user's, like labels. */
  private entry(map: Record<string, unknown> | Map<unknown, unknown>, name: string): unknown {
    const value = mapGet(map, name);
    const absent = value === undefined && !(map instanceof Map) && !Object.hasOwn(map, name);
    if (absent && this.around.strict) this.error(`map has no entry for key ${quote(name)}`);
    return value;
  }

  private call(
    dot: unknown,
    name: string,
    node: Located,
    args: readonly Operand[],
    final: unknown,
  ): unknown {
    const called = this.around.functions.get(name);
    if (called === undefined) return this.error(`${quote(name)} is not a defined function`);
    this.checkCount(name, called, args.length + (final === NOTHING ? 0 : 1));
    if (name === "and" || name === "or") return this.shortCircuit(dot, name === "or", args, final);
    const typeAt = (index: number) => called.parameters[index] ?? called.rest ?? "any";
    const values = this.arguments(dot, args, final, typeAt);
    return this.guard(name, node, () => called.call(...values));
  }

  private checkCount(name: string, called: TemplateFunction, count: number): void {
    const wanted = called.parameters.length;
    const fits = called.rest === undefined ? count === wanted : count >= wanted;
    if (fits) return;
    this.wrongCount(name, called.rest === undefined ? `${wanted}` : `at least ${wanted}`, count);
  }

  private wrongCount(name: string, wanted: string, count: number): never {
    this.error(`wrong number of args for ${name}: want ${wanted} got ${count}`);
  }

  private shortCircuit(dot: unknown, stopAt: boolean, args: readonly Operand[], final: unknown) {
    let value: unknown;
    for (const arg of args) {
      value = this.operand(dot, arg);
      if (isTrue(value) === stopAt) return value;
    }
    return final === NOTHING ? value : final;
  }

  private arguments(
    dot: unknown,
    args: readonly Operand[],
    final: unknown,
    typeAt: (index: number) => ParameterType,
  ): unknown[] {
    const values = args.map((arg, index) => this.argument(dot, arg, typeAt(index)));
    if (final !== NOTHING) values.push(this.checked(final, typeAt(args.length)));
    return values;
  }

  private argument(dot: unknown, arg: Operand, type: ParameterType): unknown {
    this.at(arg);
    if (arg.kind === "nil" && type !== "any") this.error(`cannot assign nil to ${type}`);
    const literal = arg.kind === "string" || arg.kind === "number" || arg.kind === "bool";
    if (!literal) return this.checked(this.operand(dot, arg), type);
    if (checkArgument(arg.value, type)) {
      this.error(`expected ${type === "int" ? "integer" : type}; found ${arg.source}`);
    }
    return arg.value;
  }

  private checked(value: unknown, type: ParameterType): unknown {
    const problem = checkArgument(value, type);
    if (problem) this.error(problem);
    return value;
  }

  private guard(name: string, node: Located, call: () => unknown): unknown {
    try {
      return call();
    } catch (error) {
      this.at(node);
      return this.error(`error calling ${name}: ${messageOf(error)}`, error);
    }
  }

  /** Fails at the node that is being evaluated, in text/template's words. */
  error(message: string, cause?: unknown): never {
    const place = this.node === undefined ? "" : this.location(this.node);
    return fail("invalid-argument", `template parsing error: template: ${place}${message}`, cause);
  }

  private location(node: Located): string {
    const before = this.around.text.slice(0, node.pos);
    const start = before.lastIndexOf("\n") + 1;
    const line = before.split("\n").length;
    const column = Buffer.byteLength(before.slice(start));
    const shown = formatNode(node);
    return `:${line}:${column}: executing ${quote(this.body)} at <${shown}>: `;
  }
}

function refusal(receiver: unknown, name: string): string {
  return isMap(receiver)
    ? `${name} is not a method but has arguments`
    : `${name} has arguments but cannot be invoked as function`;
}
