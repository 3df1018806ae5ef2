import { refuse } from "./refusal.ts";
import { trimSpace, trimStart } from "./space.ts";

/** The character that escapes another and, at the end of a line, continues it. */
export type EscapeToken = "\\" | "`";

/** One `# name=value` line at the top of a Dockerfile. */
export interface Directive {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  /** The line it stands on, counted from 1. */
  readonly line: number;
}

/** The parser directives of a Dockerfile. */
export interface Directives {
  readonly escape: EscapeToken;
  readonly syntax?: Directive;
  readonly check?: Directive;
}

/** Which frontend a file asks for. */
export interface DetectedSyntax {
  /** The frontend's image: the value up to its first space. */
  readonly reference: string;
  /** The whole value. */
  readonly commandLine: string;
  /** The line that says so, counted from 1. */
  readonly line: number;
}

const KNOWN = new Set(["syntax", "escape", "check"]);
const NAME_AND_EQUALS = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=/;

/** The directive lines at the top, before any other line; a shebang line may precede them. */
export function readDirectives(lines: readonly string[], prefix: "#" | "//" = "#"): Directive[] {
  const directives: Directive[] = [];
  for (let at = lines[0]?.startsWith("#!") ? 1 : 0; at < lines.length; at++) {
    const directive = directiveOf(trimStart(lines[at]!), prefix, at + 1);
    if (directive === undefined) break;
    directives.push(directive);
  }
  return directives;
}

/** The directives by their meaning; refuses repeated ones and unknown escape characters. */
export function interpretDirectives(directives: readonly Directive[]): Directives {
  const byName = new Map<string, Directive>();
  for (const directive of directives) {
    if (byName.has(directive.name))
      refuse(`only one ${directive.name} parser directive can be used`);
    byName.set(directive.name, directive);
  }
  const syntax = byName.get("syntax");
  const check = byName.get("check");
  return {
    escape: readEscape(byName.get("escape")?.value ?? "\\"),
    ...(syntax && { syntax }),
    ...(check && { check }),
  };
}

/**
 * The frontend a file asks for: by a `# syntax=` or `// syntax=` line at its top, or as the
 * member `syntax` of a JSON object, the three forms BuildKit detects.
 */
export function detectSyntax(text: string): DetectedSyntax | undefined {
  const lines = withoutMark(text).split("\n");
  for (const prefix of ["#", "//"] as const) {
    const found = readDirectives(lines, prefix).find(({ name }) => name === "syntax");
    if (found) return detected(found.value, found.line);
  }
  const from = lines[0]!.startsWith("#!") ? 1 : 0;
  const value = syntaxMember(lines.slice(from).join("\n"));
  return value === undefined ? undefined : { reference: value, commandLine: value, line: from + 1 };
}

/** The text without a byte order mark. */
export function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function directiveOf(line: string, prefix: string, number: number): Directive | undefined {
  if (!line.startsWith(prefix)) return undefined;
  const comment = trimStart(line.slice(prefix.length));
  const match = NAME_AND_EQUALS.exec(comment);
  if (match === null) return undefined;
  const name = match[1]!.toLowerCase();
  const value = trimSpace(comment.slice(match[0].length));
  return KNOWN.has(name) && value !== "" ? { name, value, line: number } : undefined;
}

function readEscape(value: string): EscapeToken {
  if (value === "\\" || value === "`") return value;
  return refuse(`invalid escape token '${value}' does not match \` or \\`);
}

function detected(value: string, line: number): DetectedSyntax {
  return { reference: value.split(" ", 1)[0]!, commandLine: value, line };
}

function syntaxMember(text: string): string | undefined {
  if (!trimStart(text).startsWith("{")) return undefined;
  try {
    const value: unknown = (JSON.parse(text) as { syntax?: unknown }).syntax;
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
