import type { FileChange } from "#container";
import { type Definition, definitionOf, kindOfCommand, withDefinitions } from "./commands.ts";
import { comment, envInstruction, runInstruction, workdirInstruction } from "./instructions.ts";
import type { Note } from "./notes.ts";
import { installationOf, isUpdate, needsUpdate, packagesIn } from "./packages.ts";

/** What happened in a recorded container. */
export interface Session {
  /** As FROM has it. */
  readonly image: string;
  /** The shell's program, where it is another one than RUN's own. */
  readonly shell?: string;
  /** The image's own. */
  readonly workingDirectory: string;
  /** What the container was given beside its image. */
  readonly user?: string;
  readonly variables?: readonly string[];
  /** Where something was mounted, which a build has not. */
  readonly mounts?: readonly string[];
  /** The first is of the shell's start. */
  readonly notes: readonly Note[];
  readonly changes: readonly FileChange[];
}

/** A command with what was before it, and what is left of its changes. */
interface Step {
  readonly note: Note;
  readonly before: Note;
  readonly changes: readonly FileChange[];
  /** Nothing at all was changed from its start on. */
  readonly idle: boolean;
  /** What the shell had been told by then. */
  readonly definitions: readonly Definition[];
  /** What brings the lists of packages that it takes from up to date. */
  readonly update: string | undefined;
}

/** So many paths are told of each command. */
const MOST_PATHS = 4;
const MOST_PACKAGES = 8;
/** What shells and terminals set by themselves. */
const OWN_VARIABLES =
  /^(?:_|PWD|OLDPWD|SHLVL|PS[0-4]|COLUMNS|LINES|TERM|HOSTNAME|HOME|__shale_\w*)$/;

/**
 * The Dockerfile that does again what was done by hand: commands that succeeded, with a note of
 * what is left of their changes; directories and variables as they were. What failed, only looked
 * or needs somebody who types is a comment.
 */
export function formatDockerfile(session: Session): string {
  const steps = stepsOf(session);
  const typed = steps.flatMap((step, index) => [
    ...(isJoined(step, steps.slice(index + 1)) ? joinedLine(step) : commandLines(step)),
    ...placeLines(step),
  ]);
  return `${[...startLines(session), ...typed, ...lateLines(session)].join("\n")}\n`;
}

function startLines(session: Session): string[] {
  const { image, shell, user, variables = [], mounts = [], workingDirectory, notes } = session;
  const directory = notes[0]?.directory ?? workingDirectory;
  return [
    `FROM ${image}`,
    ...(shell === undefined ? [] : [`SHELL ${JSON.stringify([shell, "-c"])}`]),
    ...mounts.map((target) => comment(`${target} was mounted: what of it is needed, COPY`)),
    ...(user ? [`USER ${user}`] : []),
    ...variables.map(splitVariable).map(([name, value]) => envInstruction(name, value)),
    ...(directory === workingDirectory ? [] : [workdirInstruction(directory)]),
  ];
}

function splitVariable(text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

function stepsOf(session: Session): Step[] {
  const definitions: Definition[] = [];
  let update: string | undefined;
  return session.notes.slice(1).map((note, index) => {
    const before = session.notes[index]!;
    const changes = changesWithin(session.changes, before.time, note.time);
    const idle = session.changes.every(({ changed = note.time }) => changed < before.time);
    const step = { note, before, changes, idle, definitions: [...definitions], update };
    if (note.exitCode !== 0) return step;
    if (isUpdate(note.command)) update = note.command;
    const definition = definitionOf(note.command);
    if (definition?.names?.every((name) => note.exports.has(name))) return step;
    if (definition) definitions.push(definition);
    return step;
  });
}

/** One that what is done next has in its own line, so that neither is cached alone. */
function isJoined({ note }: Step, later: readonly Step[]): boolean {
  if (note.exitCode !== 0 || !isUpdate(note.command)) return false;
  const next = later.find((step) => commandLines(step).some((line) => line.startsWith("RUN ")));
  return next !== undefined && needsUpdate(next.note.command);
}

function joinedLine({ note }: Step): string[] {
  return [comment(`goes with what is installed below: ${note.command}`)];
}

function commandLines(step: Step): string[] {
  const { note, changes } = step;
  const { exitCode, command } = note;
  const kind = kindOfCommand(command);
  const left = summary(changes);
  if (command === "" || kind === "end") return [];
  if (exitCode !== 0) return [comment(`failed with ${exitCode}: ${command}`), ...left];
  if (kind === "directory" || kind === "variables") return [];
  if (kind === "interactive" && changes.length > 0)
    return [comment(`done by hand, COPY what it changed: ${command}`), ...left];
  if (kind === "definition" && changes.length === 0)
    return [comment(`of the shell, goes with what needs it: ${command}`)];
  if (kind === "interactive" || (kind === "look" && changes.length === 0))
    return [comment(command)];
  return step.idle ? [comment(`changed nothing: ${command}`)] : runLines(step);
}

function runLines({ note, changes, definitions, update }: Step): string[] {
  const installation = installationOf(note.command);
  const silent = installation?.command ?? note.command;
  const command = update && needsUpdate(silent) ? `${update} && ${silent}` : silent;
  const left = summary(changes);
  return [
    ...packageLine(installation?.packages ?? [], packagesIn(changes)),
    ...(left.length > 0 ? left : [comment("nothing is left of its changes")]),
    runInstruction(withDefinitions(command, definitions)),
  ];
}

function packageLine(named: readonly string[], found: readonly string[]): string[] {
  const packages = [...named, ...found.filter((name) => !named.includes(name))];
  return packages.length === 0 ? [] : [comment(`packages: ${firstOf(packages, MOST_PACKAGES)}`)];
}

function summary(changes: readonly FileChange[]): string[] {
  if (changes.length === 0) return [];
  const paths = changes.map(({ path }) => path);
  const count = `${paths.length} change${paths.length === 1 ? "" : "s"}`;
  return [comment(`${count}: ${firstOf(paths, MOST_PATHS)}`)];
}

function firstOf(names: readonly string[], most: number): string {
  const more = names.length - most;
  return names.slice(0, most).join(", ") + (more > 0 ? `, … (${more} more)` : "");
}

function changesWithin(changes: readonly FileChange[], from: number, to: number): FileChange[] {
  const within = changes.filter(({ changed = 0 }) => changed > from && changed <= to);
  // A directory is changed by what happens in it: that says more.
  return withoutParents(within, within);
}

function withoutParents(some: readonly FileChange[], all: readonly FileChange[]): FileChange[] {
  const parents = new Set(all.flatMap(({ path }) => parentsOf(path)));
  return some.filter(({ path }) => !parents.has(path));
}

function parentsOf(path: string): string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

/** Where the command has left the shell, and with which variables. */
function placeLines({ before, note }: Step): string[] {
  const [old, now] = [before.exports, note.exports];
  const set = [...now].filter(([name, value]) => old.get(name) !== value && !isOwn(name));
  const unset = [...old.keys()].filter((name) => !now.has(name) && !isOwn(name));
  return [
    ...(note.directory === before.directory ? [] : [workdirInstruction(note.directory)]),
    ...set.map(([name, value]) => envInstruction(name, value)),
    // A Dockerfile cannot take a variable away.
    ...unset.map((name) => envInstruction(name, "")),
  ];
}

function isOwn(variable: string): boolean {
  return OWN_VARIABLES.test(variable);
}

/** What was changed when no command was noted any more: by another shell, or from outside. */
function lateLines({ notes, changes }: Session): string[] {
  const end = notes.at(-1)?.time ?? 0;
  const later = changes.filter(({ changed = 0 }) => changed > end);
  // Directories that things were mounted in are changed by the container's end.
  const late = withoutParents(later, changes);
  return late.length === 0
    ? []
    : [comment("changed after the last command that was recorded, COPY it:"), ...summary(late)];
}
