import type {
  AddInstruction,
  CopyFields,
  CopyInstruction,
  FromInstruction,
  InlineFile,
  Instruction,
  KeyValue,
  RunInstruction,
} from "../instruction/instruction.ts";
import { parseMount } from "../instruction/run-mount.ts";
import type { EscapeToken } from "../syntax/directives.ts";
import { refuse } from "../syntax/refusal.ts";
import { type Environment, expandWord, expandWords, type VariableTrace } from "./shell-lexer.ts";

export interface ExpandInstructionOptions {
  /** The escape character of the file; a backslash when not given. */
  readonly escape?: EscapeToken;
  readonly trace?: VariableTrace;
}

/** Expands one word by the rules of the file. */
type Expander = ((word: string) => string) & {
  readonly words: (word: string) => readonly string[];
  readonly content: (file: InlineFile) => InlineFile;
};

/**
 * A copy of the instruction with the variables in it expanded. What a command is (RUN, CMD,
 * ENTRYPOINT, SHELL, HEALTHCHECK, an ONBUILD's expression) is left to the shell that runs it; of
 * a RUN only the mounts are expanded. For FROM, `env` is the ARGs before the first FROM.
 * All of one instruction sees the environment as it was before it: `ENV a=1 b=$a` takes the old
 * `a`. Throws `invalid-argument` without a place; wrap it with an excerpt of the range.
 */
export function expandInstruction<T extends Instruction | FromInstruction>(
  instruction: T,
  env: Environment,
  options: ExpandInstructionOptions = {},
): T {
  return expanded(instruction, expander(env, options)) as T;
}

function expander(env: Environment, options: ExpandInstructionOptions): Expander {
  const { trace } = options;
  const word = (text: string) => expandWord(text, env, options);
  const words = (text: string) => expandWords(text, env, options);
  const content = (file: InlineFile): InlineFile => {
    if (!file.expand) return file;
    const rules = { ignoreQuotes: true, ...(trace && { trace }) };
    return { ...file, content: expandWord(file.content, env, rules) };
  };
  return Object.assign(word, { words, content });
}

function expanded(
  instruction: Instruction | FromInstruction,
  expand: Expander,
): Instruction | FromInstruction {
  switch (instruction.kind) {
    case "from":
      return expandFrom(instruction, expand);
    case "add":
      return expandAdd(instruction, expand);
    case "copy":
      return { ...instruction, ...expandCopy(instruction, expand) };
    case "arg":
      return { ...instruction, args: instruction.args.map((arg) => expandArg(arg, expand)) };
    case "env":
    case "label":
      return { ...instruction, pairs: instruction.pairs.map((pair) => expandPair(pair, expand)) };
    case "expose":
      return { ...instruction, ports: instruction.ports.flatMap(expand.words) };
    case "volume":
      return { ...instruction, paths: instruction.paths.map((path) => expand(path)) };
    case "user":
      return { ...instruction, user: expand(instruction.user) };
    case "workdir":
      return { ...instruction, path: expand(instruction.path) };
    case "stopsignal":
      return { ...instruction, signal: expand(instruction.signal) };
    case "run":
      return expandRun(instruction, expand);
    default:
      return instruction;
  }
}

function expandFrom(from: FromInstruction, expand: Expander): FromInstruction {
  const base = expand(from.base);
  if (base === "")
    refuse(
      `base name (${from.base}) should not be blank: give the ARG a default before the first FROM`,
    );
  if (from.platform === undefined) return { ...from, base };
  const platform = expand(from.platform);
  if (platform === "") refuse(`empty platform value from expression ${from.platform}`);
  return { ...from, base, platform };
}

function expandPair(pair: KeyValue, expand: Expander): KeyValue {
  return { ...pair, key: expand(pair.key), value: expand(pair.value) };
}

function expandArg<T extends { key: string; value?: string }>(arg: T, expand: Expander): T {
  const { key, value } = arg;
  return { ...arg, key: expand(key), ...(value !== undefined && { value: expand(value) }) };
}

function expandCopy(copy: CopyInstruction | AddInstruction, expand: Expander): Partial<CopyFields> {
  const { chown, chmod } = copy;
  return {
    sources: copy.sources.map((source) => expand(source)),
    inlineFiles: copy.inlineFiles.map(expand.content),
    destination: expand(copy.destination),
    ...(chown !== undefined && { chown: expand(chown) }),
    ...(chmod !== undefined && { chmod: expand(chmod) }),
    excludes: copy.excludes.map((pattern) => expand(pattern)),
  };
}

function expandAdd(add: AddInstruction, expand: Expander): AddInstruction {
  const { checksum } = add;
  return {
    ...add,
    ...expandCopy(add, expand),
    ...(checksum !== undefined && { checksum: expand(checksum) }),
  };
}

function expandRun(run: RunInstruction, expand: Expander): RunInstruction {
  return { ...run, mounts: run.mountTexts.map((text) => parseMount(text, expand)) };
}
