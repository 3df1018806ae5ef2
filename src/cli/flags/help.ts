import { type Command, type FlagSpec, type FlagSpecs, longName } from "./definition.ts";
import { bareValue } from "./parse.ts";
import { type Entries, type GroupEntry, isGroup, type Program } from "./program.ts";
import { usageLines } from "./usage.ts";
import { wrapText } from "./wrap.ts";

/** The `--help` of a command. `columns` is the width of the terminal. */
export function commandHelp<Context>(
  path: string,
  command: Command<Context>,
  columns: number,
): string {
  const options = flagLines(command.flags, columns);
  return paragraphs(
    usageLines(path, command),
    [command.summary],
    command.description === undefined ? [] : [command.description],
    command.aliases ? ["Aliases:", `  ${command.aliases.join(", ")}`] : [],
    options.length > 0 ? ["Options:", ...options] : [],
  );
}

/** The `--help` of a group of commands. */
export function groupHelp<Context>(path: string, group: GroupEntry<Context>): string {
  return paragraphs([`Usage:  ${path} COMMAND`], [group.summary], ...sections(group.commands, []), [
    `Run '${path} COMMAND --help' for more information on a command.`,
  ]);
}

/** The `--help` of the program. */
export function programHelp<Context>(program: Program<Context>, columns: number): string {
  const { name, summary, epilogue, flags, commands, common } = program;
  return paragraphs(
    [`Usage:  ${name} [OPTIONS] COMMAND`],
    [summary],
    ...sections(commands, common),
    ["Global Options:", ...flagLines(flags, columns)],
    [`Run '${name} COMMAND --help' for more information on a command.`],
    epilogue === undefined ? [] : [epilogue],
  );
}

function paragraphs(...all: readonly (readonly string[])[]): string {
  const texts = all.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${texts.join("\n\n")}\n`;
}

function sections<Context>(entries: Entries<Context>, common: readonly string[]): string[][] {
  const shown = Object.keys(entries).filter((name) => !entries[name]?.hidden);
  const others = shown.filter((name) => !common.includes(name)).sort();
  const groups = others.filter((name) => isGroup(entries[name] as GroupEntry<Context>));
  const commands = others.filter((name) => !groups.includes(name));
  const width = Math.max(11, ...shown.map((name) => name.length));
  const list = (title: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [title, ...names.map((name) => `  ${name.padEnd(width)} ${entries[name]?.summary}`)];
  return [
    list(
      "Common Commands:",
      common.filter((name) => shown.includes(name)),
    ),
    list("Management Commands:", groups),
    list("Commands:", commands),
  ];
}

function flagLines(flags: FlagSpecs, columns: number): string[] {
  const rows = Object.entries(flags)
    .filter(([, spec]) => !spec.hidden && spec.deprecated === undefined)
    .map(([key, spec]) => [longName(key, spec), spec] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => [flagColumn(name, spec), spec.help + defaultNote(spec)] as const);
  const indent = Math.max(...rows.map(([left]) => left.length)) + 3;
  return rows.map(([left, text]) => left.padEnd(indent) + wrapText(text, indent, columns - 1));
}

function flagColumn(name: string, spec: FlagSpec): string {
  const start = spec.short ? `  -${spec.short}, --${name}` : `      --${name}`;
  const value = spec.value ?? VALUE_NAMES[spec.type];
  return start + (value ? ` ${value}` : "") + bareNote(spec);
}

const VALUE_NAMES: Record<FlagSpec["type"], string> = {
  bool: "",
  count: "count",
  enum: "string",
  custom: "value",
  string: "string",
  int: "int",
  uint: "uint",
  float: "float",
  duration: "duration",
  bytes: "bytes",
  list: "list",
  map: "map",
};

function bareNote(spec: FlagSpec): string {
  const bare = spec.type === "bool" || spec.type === "count" ? undefined : bareValue(spec);
  if (bare === undefined) return "";
  return spec.type === "string" ? `[="${bare}"]` : `[=${bare}]`;
}

/** The default, where it is not the zero of the type. */
function defaultNote(spec: FlagSpec): string {
  const value = "default" in spec ? spec.default : undefined;
  if (value === undefined || value === false || value === 0 || value === "") return "";
  if (Array.isArray(value)) return value.length > 0 ? ` (default [${value.join(",")}])` : "";
  if (typeof value === "string") return ` (default "${value}")`;
  return ` (default ${spec.type === "duration" ? formatDuration(Number(value)) : value})`;
}

/** Milliseconds as Go prints a duration: `1m30s`. */
function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const seconds = milliseconds / 1000;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
