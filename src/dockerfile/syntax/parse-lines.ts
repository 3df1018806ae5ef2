import { splitArguments } from "./arguments.ts";
import { clip } from "./clip.ts";
import {
  type Directive,
  type Directives,
  type EscapeToken,
  interpretDirectives,
  readDirectives,
  withoutMark,
} from "./directives.ts";
import { type Heredoc, heredocsOfLine } from "./heredoc.ts";
import { LineReader, type LogicalLine } from "./line-reader.ts";
import type { DockerfileNode, Warning } from "./node.ts";
import { located, refuse } from "./refusal.ts";
import type { Source, SourceRange } from "./source-range.ts";
import { splitCommand } from "./split-command.ts";

/** A Dockerfile as a list of instructions whose meaning was not looked at yet. */
export interface ParsedLines {
  readonly directives: Directives;
  readonly nodes: readonly DockerfileNode[];
  readonly warnings: readonly Warning[];
}

const TAKES_HEREDOCS = new Set(["ADD", "COPY", "RUN"]);

/**
 * Reads directives, continuations, heredocs, flags and arguments: the level of BuildKit's
 * `parser.Parse`. Throws `invalid-argument` with the place of what it cannot read.
 */
export function parseLines(source: Source): ParsedLines {
  const lines = linesOf(source.text);
  const found = readDirectives(lines);
  const directives = directivesOf(source, found);
  const reader = new LineReader(lines, found.at(-1)?.line ?? 0, directives.escape);
  const nodes: DockerfileNode[] = [];
  const warnings: Warning[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    if (line.hasEmptyContinuation) warnings.push(emptyContinuation(line));
    nodes.push(readNode(source, reader, line, directives.escape));
  }
  if (nodes.length === 0)
    refuse(`file with no instructions: ${source.name} needs at least a FROM instruction`);
  return { directives, nodes, warnings };
}

function linesOf(text: string): string[] {
  const lines = withoutMark(text).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function directivesOf(source: Source, found: readonly Directive[]): Directives {
  const last = found.at(-1)?.line ?? 1;
  const range = { firstLine: found[0]?.line ?? 1, lastLine: last, column: 1 };
  return located(source, range, () => interpretDirectives(found));
}

function readNode(
  source: Source,
  reader: LineReader,
  line: LogicalLine,
  escapeToken: EscapeToken,
): DockerfileNode {
  const node = located(source, line.range, () => nodeOf(line.text, line, escapeToken, true));
  if (!takesHeredocs(node)) return node;
  const heredocs = located(source, line.range, () => readHeredocs(reader, line.text));
  if (heredocs.length === 0) return node;
  return { ...node, heredocs, range: { ...line.range, lastLine: reader.at } };
}

function nodeOf(
  text: string,
  line: { readonly range: SourceRange; readonly comments: readonly string[] },
  escapeToken: EscapeToken,
  outermost: boolean,
): DockerfileNode {
  const { keyword, flags, rest } = splitCommand(text);
  const { comments, range } = line;
  const common = { keyword, flags, heredocs: [], original: text, comments, range };
  if (keyword.toUpperCase() !== "ONBUILD")
    return { ...common, ...splitArguments(keyword, rest, escapeToken) };
  if (rest === "" || !outermost) return { ...common, args: [], json: false };
  const trigger = nodeOf(rest, { range, comments: [] }, escapeToken, false);
  return { ...common, args: [], json: false, trigger };
}

function takesHeredocs(node: DockerfileNode): boolean {
  const { keyword, json } = node.trigger ?? node;
  return !json && TAKES_HEREDOCS.has(keyword.toUpperCase());
}

function readHeredocs(reader: LineReader, line: string): Heredoc[] {
  return heredocsOfLine(line).map((word) => {
    const content = reader.heredocBody(word.name, word.chomp);
    if (content !== undefined) return { ...word, content };
    return refuse(
      `unterminated heredoc: no line after this one is ${word.name} alone, without spaces around it`,
    );
  });
}

function emptyContinuation(line: LogicalLine): Warning {
  return {
    rule: "NoEmptyContinuation",
    message: `Empty continuation line found in: ${clip(line.text)}`,
    range: line.range,
  };
}
