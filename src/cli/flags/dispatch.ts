import type { Command } from "./definition.ts";
import { parseArguments } from "./parse.ts";
import { type CommandEntry, type Entries, findEntry, isGroup, type Program } from "./program.ts";
import { checkCount } from "./usage.ts";
import { flagError, UsageError } from "./usage-error.ts";

/** Where help and warnings go. */
export interface Terminal {
  readonly stdout: { write(text: string): void; readonly columns: number };
  readonly stderr: { write(text: string): void };
}

/**
 * Runs a command line: finds the command, loads it alone, reads its flags, runs it.
 *
 * @param argv what stands after the program's name
 * @returns the exit code
 * @throws UsageError for a command line that makes no sense; whatever the command throws
 */
export async function runProgram<Context>(
  declared: Program<Context>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const program = withCompletion(declared, terminal);
  const { name, flags } = program;
  const globals = parseArguments(argv, { path: name, flags, interspersed: false });
  warn(globals.warnings, terminal);
  const [first, ...rest] = globals.args;
  if (globals.flags.version === true) return print(terminal, `${program.version}\n`);
  if (globals.help || first === undefined) return programHelp(program, terminal);
  const helping = first === "help" && !Object.hasOwn(program.commands, "help");
  const words = helping
    ? [...rest.filter((word) => !word.startsWith("-")), "--help"]
    : globals.args;
  if (helping && words.length === 1) return programHelp(program, terminal);
  const found = await find(program, words, terminal);
  if (found === undefined) return 0;
  return runCommand(found, terminal, () => program.context(globals.flags));
}

/** Every program has a `completion` command, made from its own declaration. */
function withCompletion<Context>(program: Program<Context>, terminal: Terminal): Program<Context> {
  const completion: CommandEntry<Context> = {
    summary: "Generate the autocompletion script for the specified shell",
    async load() {
      const { completionCommand } = await import("./completion.ts");
      return completionCommand(program, terminal.stdout);
    },
  };
  return { ...program, commands: { completion, ...program.commands } };
}

interface Found<Context> {
  readonly path: string;
  readonly command: Command<Context>;
  readonly args: readonly string[];
}

/** The command that the words name; undefined after the help of a group was printed. */
async function find<Context>(
  program: Program<Context>,
  words: readonly string[],
  terminal: Terminal,
): Promise<Found<Context> | undefined> {
  let entries = program.commands;
  let path = program.name;
  for (const [index, word] of words.entries()) {
    const entry = findEntry(entries, word);
    if (entry === undefined) throw await unknownCommand(program.name, path, word, entries);
    path += ` ${word}`;
    const args = words.slice(index + 1);
    if (!isGroup(entry)) return { path, command: await entry.load(), args };
    entries = entry.commands;
    if (groupAsksHelp(path, args)) {
      const { groupHelp } = await import("./help.ts");
      print(terminal, groupHelp(path, entry));
      return undefined;
    }
  }
  return undefined;
}

/** Flags of a group are none but `--help`; what is no flag is the next word. */
function groupAsksHelp(path: string, [next]: readonly string[]): boolean {
  if (next === undefined || next === "--help" || next === "-h") return true;
  if (next.startsWith("-")) parseArguments([next], { path, flags: {} });
  return false;
}

async function unknownCommand<Context>(
  name: string,
  path: string,
  word: string,
  entries: Entries<Context>,
): Promise<UsageError> {
  if (word.startsWith("-")) return flagError(path, `unknown flag: ${word}`);
  const { suggestions } = await import("./suggest.ts");
  const near = suggestions(word, Object.keys(entries));
  const hint =
    near.length > 0 ? `\n\nDid you mean this?\n${near.map((n) => `\t${n}`).join("\n")}` : "";
  const shown = `${path.slice(name.length)} ${word}`.trim();
  return new UsageError(
    `${name}: '${shown}' is not a ${name} command.\nSee '${path} --help'${hint}`,
    1,
  );
}

async function runCommand<Context>(
  { path, command, args }: Found<Context>,
  terminal: Terminal,
  context: () => Promise<Context> | Context,
): Promise<number> {
  const { flags, interspersed = true } = command;
  const parsed = parseArguments(args, { path, flags, interspersed });
  warn(parsed.warnings, terminal);
  if (parsed.help) {
    const { commandHelp } = await import("./help.ts");
    return print(terminal, commandHelp(path, command, terminal.stdout.columns));
  }
  checkCount(path, command, parsed.args.length);
  return command.run(await context(), parsed);
}

async function programHelp<Context>(
  program: Program<Context>,
  terminal: Terminal,
): Promise<number> {
  const help = await import("./help.ts");
  return print(terminal, help.programHelp(program, terminal.stdout.columns));
}

function print(terminal: Terminal, text: string): 0 {
  terminal.stdout.write(text);
  return 0;
}

function warn(warnings: readonly string[], terminal: Terminal): void {
  for (const warning of warnings) terminal.stderr.write(`${warning}\n`);
}
