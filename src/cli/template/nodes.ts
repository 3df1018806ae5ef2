import { quote } from "#errors";

/** A constant, with the text it was written as. */
export interface Literal {
  readonly kind: "string" | "number" | "bool";
  readonly pos: number;
  readonly source: string;
  readonly value: string | number | bigint | boolean;
}

/** `.A.B`, `$x.A` (whose first name is the variable), or `.A.B` after a parenthesis. */
export interface Path {
  readonly kind: "field" | "variable";
  readonly pos: number;
  readonly names: readonly string[];
}

export interface Chain {
  readonly kind: "chain";
  readonly pos: number;
  readonly of: Operand;
  readonly names: readonly string[];
}

export interface Identifier {
  readonly kind: "identifier";
  readonly pos: number;
  readonly name: string;
}

export interface Plain {
  readonly kind: "dot" | "nil";
  readonly pos: number;
}

export type Operand = Literal | Path | Chain | Identifier | Plain | Pipeline;

/** One stage of a pipeline: a value, or a function or method and its arguments. */
export interface Command {
  readonly kind: "command";
  readonly pos: number;
  readonly operands: readonly Operand[];
}

export interface Pipeline {
  readonly kind: "pipeline";
  readonly pos: number;
  /** Variables that get the result: declared by `:=`, or set by `=`. */
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export interface Branch {
  readonly kind: "if" | "range" | "with";
  readonly pos: number;
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[] | undefined;
}

export interface Invocation {
  readonly kind: "template";
  readonly pos: number;
  readonly name: string;
  readonly pipeline: Pipeline | undefined;
}

export type Node =
  | { readonly kind: "text"; readonly pos: number; readonly text: string }
  | { readonly kind: "action"; readonly pos: number; readonly pipeline: Pipeline }
  | { readonly kind: "break" | "continue"; readonly pos: number }
  | Branch
  | Invocation;

/** Any part of a template that an error can point at. */
export type Located = Node | Operand | Command;

/** The text of a part as errors show it: normal spacing, bodies included. */
export function formatNode(node: Located): string {
  switch (node.kind) {
    case "text":
      return node.text;
    case "action":
      return `{{${formatNode(node.pipeline)}}}`;
    case "break":
    case "continue":
      return `{{${node.kind}}}`;
    case "template":
      return formatInvocation(node);
    case "if":
    case "range":
    case "with":
      return formatBranch(node);
    case "command":
      return node.operands.map(formatOperand).join(" ");
    default:
      return formatBareOperand(node);
  }
}

function formatInvocation(node: Invocation): string {
  const argument = node.pipeline ? ` ${formatNode(node.pipeline)}` : "";
  return `{{template ${quote(node.name)}${argument}}}`;
}

function formatBranch(node: Branch): string {
  const body = node.body.map(formatNode).join("");
  const otherwise = node.otherwise ? `{{else}}${node.otherwise.map(formatNode).join("")}` : "";
  return `{{${node.kind} ${formatNode(node.pipeline)}}}${body}${otherwise}{{end}}`;
}

function formatOperand(node: Operand): string {
  return node.kind === "pipeline" ? `(${formatNode(node)})` : formatNode(node);
}

function formatBareOperand(node: Operand): string {
  switch (node.kind) {
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "identifier":
      return node.name;
    case "field":
      return node.names.map((name) => `.${name}`).join("");
    case "variable":
      return node.names.join(".");
    case "chain":
      return formatOperand(node.of) + node.names.map((name) => `.${name}`).join("");
    case "pipeline":
      return formatPipeline(node);
    default:
      return node.source;
  }
}

function formatPipeline(node: Pipeline): string {
  const target = node.variables.join(", ") + (node.assigns ? " = " : " := ");
  const commands = node.commands.map(formatNode).join(" | ");
  return node.variables.length > 0 ? target + commands : commands;
}
