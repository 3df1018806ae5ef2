import { quote } from "#errors";
import { KEYWORDS } from "../syntax/arguments.ts";
import type { EscapeToken } from "../syntax/directives.ts";
import type { DockerfileNode } from "../syntax/node.ts";
import { refuse } from "../syntax/refusal.ts";
import { trimSpace } from "../syntax/space.ts";
import { didYouMean } from "../syntax/suggest.ts";
import { readFlags } from "./flag-values.ts";
import type {
  BuildArgument,
  FromInstruction,
  Instruction,
  InstructionText,
  KeyValue,
} from "./instruction.ts";
import { parseAdd, parseCopy } from "./parse-copy.ts";
import { parseHealthcheck } from "./parse-healthcheck.ts";
import { commandLine, parseRun } from "./parse-run.ts";

type InstructionRule = (
  node: DockerfileNode,
  text: InstructionText,
  escapeToken: EscapeToken,
) => Instruction | FromInstruction;

const RULES: Readonly<Record<string, InstructionRule>> = {
  ADD: parseAdd,
  ARG: (node, text) => ({ ...text, kind: "arg", args: buildArguments(node) }),
  CMD: (node, text) => ({ ...text, kind: "cmd", command: commandLine(node) }),
  COPY: parseCopy,
  ENTRYPOINT: (node, text) => ({ ...text, kind: "entrypoint", command: commandLine(node) }),
  ENV: (node, text) => ({ ...text, kind: "env", pairs: keyValues(node) }),
  EXPOSE: (node, text) => ({ ...text, kind: "expose", ports: some(node).toSorted() }),
  FROM: parseFrom,
  HEALTHCHECK: parseHealthcheck,
  LABEL: (node, text) => ({ ...text, kind: "label", pairs: keyValues(node) }),
  MAINTAINER: (node, text) => ({ ...text, kind: "maintainer", maintainer: one(node) }),
  ONBUILD: parseOnbuild,
  RUN: parseRun,
  SHELL: (node, text) => ({ ...text, kind: "shell", shell: shellOf(node) }),
  STOPSIGNAL: (node, text) => ({ ...text, kind: "stopsignal", signal: one(node) }),
  USER: (node, text) => ({ ...text, kind: "user", user: one(node) }),
  VOLUME: (node, text) => ({ ...text, kind: "volume", paths: volumes(node) }),
  WORKDIR: (node, text) => ({ ...text, kind: "workdir", path: one(node) }),
};

/** Instructions that read flags of their own; every other one takes none. */
const WITH_FLAGS = new Set(["ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"]);

/** Gives a node its meaning; throws `invalid-argument`, without a place, when it has none. */
export function parseInstruction(
  node: DockerfileNode,
  escapeToken: EscapeToken,
): Instruction | FromInstruction {
  const keyword = node.keyword.toUpperCase();
  if (!Object.hasOwn(RULES, keyword)) return unknownInstruction(node.keyword);
  const instruction = RULES[keyword]!(node, textOf(node), escapeToken);
  if (!WITH_FLAGS.has(keyword)) readFlags(node.flags, {});
  return instruction;
}

function unknownInstruction(keyword: string): never {
  const hint = didYouMean(keyword, KEYWORDS, true);
  const advice = "; is the line before it missing a \\ at its end?";
  return refuse(`unknown instruction: ${keyword}${hint || advice}`);
}

function textOf(node: DockerfileNode): InstructionText {
  const { keyword, flags, comments, range } = node;
  return { keyword, flags, original: trimSpace(node.original), comments, range };
}

function one(node: DockerfileNode): string {
  if (node.args.length === 1) return node.args[0]!;
  return refuse(`${node.keyword.toUpperCase()} requires exactly one argument`);
}

function some(node: DockerfileNode): readonly string[] {
  if (node.args.length > 0) return node.args;
  return refuse(`${node.keyword.toUpperCase()} requires at least one argument`);
}

function blankName(node: DockerfileNode): never {
  const form = "write NAME=value without a space before the =";
  return refuse(`${node.keyword.toUpperCase()} names can not be blank: ${form}`);
}

function keyValues(node: DockerfileNode): KeyValue[] {
  const args = some(node);
  const pairs: KeyValue[] = [];
  for (let at = 0; at < args.length; at += 3) {
    const key = args[at] || blankName(node);
    pairs.push({ key, value: args[at + 1]!, legacy: args[at + 2] === "" });
  }
  return pairs;
}

function buildArguments(node: DockerfileNode): BuildArgument[] {
  const comments = commentsByName(node.comments);
  return some(node).map((arg) => {
    const at = arg.indexOf("=");
    const key = arg.slice(0, at < 0 ? undefined : at) || blankName(node);
    const comment = comments.get(key);
    return {
      key,
      ...(at >= 0 && { value: arg.slice(at + 1) }),
      ...(comment !== undefined && { comment }),
    };
  });
}

/** `# NAME says this` documents NAME; the first line that does so counts. */
function commentsByName(comments: readonly string[]): Map<string, string> {
  const named = comments.filter((line) => line.includes(" ")).toReversed();
  return new Map(
    named.map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
}

function volumes(node: DockerfileNode): string[] {
  return some(node).map(
    (path) => trimSpace(path) || refuse("VOLUME specified can not be an empty string"),
  );
}

function shellOf(node: DockerfileNode): readonly string[] {
  const args = some(node);
  if (node.json) return args;
  return refuse('SHELL requires the arguments to be in JSON form: SHELL ["/bin/bash", "-c"]');
}

function parseFrom(node: DockerfileNode, text: InstructionText): FromInstruction {
  const [base, asKeyword, writtenName] = node.args;
  if (base === undefined || !(node.args.length === 1 || isNamed(node.args)))
    return refuse(
      "FROM requires either one or three arguments: FROM <image> or FROM <image> AS <name>",
    );
  const platform = readFlags(node.flags, { platform: "text" }).text("platform");
  return {
    ...text,
    kind: "from",
    base,
    ...(writtenName && asKeyword && { name: stageName(writtenName), writtenName, asKeyword }),
    ...(platform && { platform }),
  };
}

function isNamed(args: readonly string[]): boolean {
  return args.length === 3 && args[1]!.toLowerCase() === "as";
}

function stageName(written: string): string {
  const name = written.toLowerCase();
  if (/^[a-z][a-z0-9-_.]*$/.test(name)) return name;
  return refuse(
    `invalid name for build stage: ${quote(written)}, ` +
      "name can't start with a number or contain symbols",
  );
}

function parseOnbuild(node: DockerfileNode, text: InstructionText): Instruction {
  const trigger = node.trigger?.keyword.toUpperCase();
  if (trigger === undefined) return refuse("ONBUILD requires at least one argument");
  if (trigger === "ONBUILD") refuse("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (trigger === "FROM" || trigger === "MAINTAINER")
    refuse(`${trigger} isn't allowed as an ONBUILD trigger`);
  const line = node.original.replace(/^\s*ONBUILD\s*/i, "");
  const bodies = node.heredocs.map(({ name, content }) => `\n${content}${name}`);
  return { ...text, kind: "onbuild", expression: [line, ...bodies].join("") };
}
