import { quote } from "#errors";
import type { Dockerfile, Stage } from "./dockerfile.ts";
import type { ArgInstruction, FromInstruction, Instruction } from "./instruction/instruction.ts";
import { parseInstruction } from "./instruction/parse-instruction.ts";
import { withoutMark } from "./syntax/directives.ts";
import type { Warning } from "./syntax/node.ts";
import { parseLines } from "./syntax/parse-lines.ts";
import { located, refuse } from "./syntax/refusal.ts";
import type { Source } from "./syntax/source-range.ts";

export interface ParseOptions {
  /** The file name for messages; `Dockerfile` when not given. */
  readonly name?: string;
}

type Chapter = [FromInstruction, Instruction[]];

/**
 * Parses a Dockerfile in the language of BuildKit's frontend. Throws `invalid-argument` with the
 * line, an excerpt and what is wrong there; what is only odd becomes a warning.
 */
export function parseDockerfile(text: string, options: ParseOptions = {}): Dockerfile {
  const source = { text: withoutMark(text), name: options.name ?? "Dockerfile" };
  const { directives, nodes, warnings } = parseLines(source);
  const metaArgs: ArgInstruction[] = [];
  const chapters: Chapter[] = [];
  for (const node of nodes) {
    located(source, node.range, () => {
      const instruction = parseInstruction(node, directives.escape);
      if (instruction.kind === "from") chapters.push([instruction, []]);
      else if (chapters.length > 0) chapters.at(-1)![1].push(instruction);
      else if (instruction.kind === "arg") metaArgs.push(instruction);
      else beforeFrom(instruction);
    });
  }
  if (chapters.length === 0)
    refuse(`dockerfile contains no stages to build: add FROM <image> to ${source.name}`);
  const stages = chapters.map(stageOf);
  const all = [...warnings, ...duplicateNames(stages)];
  return { ...source, directives, metaArgs, stages, warnings: all };
}

/**
 * Parses the one instruction that a base image's config holds as an ONBUILD trigger, or that a
 * flag gives; `name` is what messages call it.
 */
export function parseTrigger(expression: string, name: string): Instruction {
  const source: Source = { text: expression, name };
  const { nodes } = parseLines(source);
  const [node] = nodes;
  if (node === undefined || nodes.length !== 1)
    return refuse(`${source.name}: onbuild trigger should be a single expression`);
  return located(source, node.range, () => {
    const instruction = parseInstruction(node, "\\");
    if (instruction.kind !== "from" && instruction.kind !== "onbuild") return instruction;
    return refuse(`${node.keyword.toUpperCase()} isn't allowed as an ONBUILD trigger`);
  });
}

function beforeFrom(instruction: Instruction): never {
  return refuse(
    `no build stage in current context: ${instruction.keyword} stands before the first FROM, ` +
      "where only ARG may",
  );
}

function stageOf([from, instructions]: Chapter, index: number): Stage {
  const { base, name, platform } = from;
  const { lastLine } = (instructions.at(-1) ?? from).range;
  return {
    index,
    ...(name !== undefined && { name }),
    base,
    ...(platform !== undefined && { platform }),
    from,
    instructions,
    range: { ...from.range, lastLine },
  };
}

/** BuildKit lets the later stage take the name, so this is not an error. */
function duplicateNames(stages: readonly Stage[]): Warning[] {
  const seen = new Set<string>();
  return stages.flatMap(({ name, from }) => {
    if (name === undefined) return [];
    if (seen.has(name)) {
      const message = `Duplicate stage name ${quote(name)}, stage names should be unique`;
      return { rule: "DuplicateStageName", message, range: from.range };
    }
    seen.add(name);
    return [];
  });
}
