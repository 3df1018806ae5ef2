import { fail } from "#errors";
import { type Command, defineCommand, longName } from "./definition.ts";
import { bareValue } from "./parse.ts";
import { type Entries, isGroup, type Program } from "./program.ts";

/** What may follow the words of a command line so far. */
interface Node {
  /** The words: empty for the program itself. */
  readonly words: readonly string[];
  readonly commands: readonly Choice[];
  readonly flags: readonly FlagChoice[];
}

interface Choice {
  readonly name: string;
  readonly summary: string;
}

interface FlagChoice extends Choice {
  readonly short: string | undefined;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

const SHELLS = ["bash", "zsh", "fish"] as const;

/** The command `completion SHELL`. */
export function completionCommand<Context>(
  program: Program<Context>,
  stdout: { write(text: string): void },
): Command<Context> {
  return defineCommand({
    usage: SHELLS.join("|"),
    summary: "Generate the autocompletion script for the specified shell",
    args: { min: 1, max: 1 },
    flags: {},
    async run(_: Context, { args: [shell = ""] }) {
      stdout.write(await completionScript(program, shell));
      return 0;
    },
  });
}

/**
 * The completion script of a shell for the whole program. Loads all commands.
 *
 * @throws KindedError `invalid-argument` for a shell that is none of bash, zsh and fish
 */
export async function completionScript<Context>(
  program: Program<Context>,
  shell: string,
): Promise<string> {
  const nodes = await allNodes(program);
  switch (shell) {
    case "bash":
      return bashScript(program.name, nodes);
    case "zsh":
      return zshScript(program.name, nodes);
    case "fish":
      return fishScript(program.name, nodes);
    default:
      return fail("invalid-argument", `unknown shell '${shell}': use one of ${SHELLS.join(", ")}`);
  }
}

async function allNodes<Context>(program: Program<Context>): Promise<Node[]> {
  const { flags, commands } = program;
  const root = { words: [], commands: choicesOf(commands), flags: flagChoices(flags) };
  return [root, ...(await nodesBelow([], commands))];
}

async function nodesBelow<Context>(
  words: readonly string[],
  entries: Entries<Context>,
): Promise<Node[]> {
  const nodes = Object.entries(entries).map(async ([name, entry]): Promise<Node[]> => {
    const path = [...words, name];
    if (!isGroup(entry)) {
      return [{ words: path, commands: [], flags: flagChoices((await entry.load()).flags) }];
    }
    const group = { words: path, commands: choicesOf(entry.commands), flags: [] };
    return [group, ...(await nodesBelow(path, entry.commands))];
  });
  return (await Promise.all(nodes)).flat();
}

function choicesOf<Context>(entries: Entries<Context>): Choice[] {
  return Object.entries(entries)
    .filter(([, { hidden }]) => !hidden)
    .map(([name, { summary }]) => ({ name, summary }));
}

function flagChoices(flags: Command<unknown>["flags"]): FlagChoice[] {
  return Object.entries(flags)
    .filter(([, spec]) => !spec.hidden && spec.deprecated === undefined)
    .map(([key, spec]) => ({
      name: longName(key, spec),
      summary: spec.help.split("\n")[0] ?? "",
      short: spec.short,
      takesValue: bareValue(spec) === undefined,
      choices: spec.type === "enum" ? spec.choices : [],
    }));
}

/** Text in single quotes of any of the shells. */
function quoted(text: string, apostrophe: string): string {
  return `'${text.replaceAll("'", apostrophe)}'`;
}

function flagWords(flags: readonly FlagChoice[]): string[] {
  return flags.flatMap(({ name, short }) => [`--${name}`, ...(short ? [`-${short}`] : [])]);
}

function bashScript(name: string, nodes: readonly Node[]): string {
  const cases = nodes.map(({ words, commands, flags }) => {
    const valued = flagWords(flags.filter(({ takesValue }) => takesValue));
    const lines = [
      `words='${commands.map((command) => command.name).join(" ")}'`,
      `flags='${[...flagWords(flags), "--help"].join(" ")}'`,
      `valued=' ${valued.join(" ")} '`,
    ];
    return `    '${words.join(" ")}') ${lines.join("; ")} ;;`;
  });
  return `# bash completion for ${name}
_${name}_node() {
  case "$1" in
${cases.join("\n")}
    *) return 1 ;;
  esac
}
_${name}() {
  local path='' words flags valued cur="\${COMP_WORDS[COMP_CWORD]}" word i
  _${name}_node ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ $valued == *" $word "* ]]; then
      i=$((i + 1))
      if ((i == COMP_CWORD)); then COMPREPLY=($(compgen -f -- "$cur")); return; fi
    elif [[ $word != -* && " $words " == *" $word "* ]]; then
      path="\${path:+$path }$word"
      _${name}_node "$path"
    fi
  done
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _${name} ${name}
`;
}

function zshScript(name: string, nodes: readonly Node[]): string {
  const describe = (choice: Choice) =>
    quoted(`${choice.name}:${choice.summary.replaceAll(":", "\\:")}`, "'\\''");
  const cases = nodes.map(({ words, commands, flags }) => {
    const options = flags.flatMap((flag) =>
      flagWords([flag]).map((word) => describe({ ...flag, name: word })),
    );
    const valued = flagWords(flags.filter(({ takesValue }) => takesValue));
    return `    ${quoted(words.join(" "), "")})
      commands=(${commands.map(describe).join(" ")})
      options=(${options.join(" ")} '--help:Print usage')
      valued=(${valued.join(" ")}) ;;`;
  });
  return `#compdef ${name}
_${name}_node() {
  case "$1" in
${cases.join("\n")}
    *) return 1 ;;
  esac
}
_${name}() {
  local node='' word i
  local -a commands options valued
  _${name}_node ''
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if (( \${valued[(Ie)$word]} )); then
      (( i++ ))
      if (( i == CURRENT )); then _files; return; fi
    elif [[ $word != -* && -n \${(M)commands:#$word:*} ]]; then
      node="\${node:+$node }$word"
      _${name}_node "$node"
    fi
  done
  if [[ \${words[CURRENT]} == -* ]]; then _describe option options
  elif (( $#commands )); then _describe command commands
  else _files; fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function fishScript(name: string, nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ words, commands, flags }) => {
    const condition = quoted(`__${name}_at ${words.join(" ")}`.trim(), "\\'");
    const start = `complete -c ${name} -n ${condition}`;
    return [
      ...commands.map((c) => `${start} -f -a ${c.name} -d ${quoted(c.summary, "\\'")}`),
      ...flags.map((flag) => `${start} ${fishFlag(flag)} -d ${quoted(flag.summary, "\\'")}`),
    ];
  });
  return `# fish completion for ${name}
function __${name}_at
  set -l words
  for word in (commandline -opc)[2..]
    string match -q -- '-*' $word; or set -a words $word
  end
  if test (count $argv) -eq 0; test (count $words) -eq 0; return; end
  test "$words[1..$(count $argv)]" = "$argv" 2>/dev/null
end
${lines.join("\n")}
`;
}

function fishFlag({ name, short, takesValue, choices }: FlagChoice): string {
  const letters = short ? ` -s ${short}` : "";
  const values = choices.length > 0 ? ` -f -a '${choices.join(" ")}'` : "";
  return `-l ${name}${letters}${takesValue ? " -r" : ""}${values}`;
}
