import { chompHeredoc, type HeredocWord, parseHeredocWord } from "../syntax/heredoc.ts";
import type { DockerfileNode } from "../syntax/node.ts";
import { refuse } from "../syntax/refusal.ts";
import { type FlagKind, type FlagValues, readFlags } from "./flag-values.ts";
import type {
  AddInstruction,
  CopyFields,
  CopyInstruction,
  InlineFile,
  InstructionText,
} from "./instruction.ts";

const COMMON: Readonly<Record<string, FlagKind>> = {
  chown: "text",
  chmod: "text",
  link: "boolean",
  exclude: "texts",
};

export function parseCopy(node: DockerfileNode, text: InstructionText): CopyInstruction {
  const flags = flagsOf(node, "COPY", { from: "text", parents: "boolean" });
  const from = flags.text("from");
  if (from?.includes("$"))
    refuse(
      "variable expansion is not supported for --from, define a new stage with FROM using ARG " +
        "from global scope as a workaround",
    );
  return {
    ...copyFields(node, text, flags),
    kind: "copy",
    ...(from && { from }),
    parents: flags.boolean("parents") ?? false,
  };
}

export function parseAdd(node: DockerfileNode, text: InstructionText): AddInstruction {
  const own = { "keep-git-dir": "boolean", checksum: "text", unpack: "boolean" } as const;
  const flags = flagsOf(node, "ADD", own);
  const checksum = flags.text("checksum");
  const keepGitDir = flags.boolean("keep-git-dir");
  const unpack = flags.boolean("unpack");
  return {
    ...copyFields(node, text, flags),
    kind: "add",
    ...(checksum && { checksum }),
    ...(keepGitDir !== undefined && { keepGitDir }),
    ...(unpack !== undefined && { unpack }),
  };
}

function flagsOf(
  node: DockerfileNode,
  keyword: string,
  own: Readonly<Record<string, FlagKind>>,
): FlagValues {
  if (node.args.length < 2)
    refuse(
      `${keyword} requires at least two arguments, but only one was provided. ` +
        "Destination could not be determined",
    );
  return readFlags(node.flags, { ...COMMON, ...own });
}

function copyFields(node: DockerfileNode, text: InstructionText, flags: FlagValues): CopyFields {
  const destination = node.args.at(-1)!;
  if (heredocWord(node, destination))
    refuse(`${node.keyword.toUpperCase()} cannot accept a heredoc as a destination`);
  const sources = node.args.slice(0, -1);
  const chown = flags.text("chown");
  const chmod = flags.text("chmod");
  return {
    ...text,
    sources: sources.filter((source) => !heredocWord(node, source)),
    inlineFiles: inlineFiles(node, sources),
    destination,
    ...(chown && { chown }),
    ...(chmod && { chmod }),
    link: flags.boolean("link") ?? false,
    excludes: flags.texts("exclude"),
  };
}

function inlineFiles(node: DockerfileNode, sources: readonly string[]): InlineFile[] {
  const bodies = new Map(node.heredocs.map(({ name, content }) => [name, content]));
  return sources.flatMap((source) => {
    const word = heredocWord(node, source);
    if (word === undefined) return [];
    const body = bodies.get(word.name) ?? "";
    const content = word.chomp ? chompHeredoc(body) : body;
    return [{ name: word.name, content, expand: word.expand }];
  });
}

/** A string of the JSON form is a path, and so is what only looks like a heredoc: `<<"a`. */
function heredocWord(node: DockerfileNode, word: string): HeredocWord | undefined {
  if (node.json || !word.includes("<<")) return undefined;
  try {
    return parseHeredocWord(word);
  } catch {
    return undefined;
  }
}
