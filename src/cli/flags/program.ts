import type { Command, FlagSpecs, FlagValues } from "./definition.ts";

/** A command that is loaded when it is used; its summary is here so that help loads nothing. */
export interface CommandEntry<Context> {
  readonly summary: string;
  /** Further names under the same parent. */
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
  load(): Promise<Command<Context>>;
}

/** Commands under a common name: `shale image ls`. */
export interface GroupEntry<Context> {
  readonly summary: string;
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
  readonly commands: Entries<Context>;
}

export type Entry<Context> = CommandEntry<Context> | GroupEntry<Context>;

export type Entries<Context> = Readonly<Record<string, Entry<Context>>>;

/** A whole command line tool. */
export interface Program<Context, G extends FlagSpecs = FlagSpecs> {
  readonly name: string;
  readonly summary: string;
  /** What `--version` prints. */
  readonly version: string;
  /** Flags before the command: `shale --root DIR images`. */
  readonly flags: G;
  readonly commands: Entries<Context>;
  /** The commands that help names first, in this order. */
  readonly common: readonly string[];
  /** The last paragraph of the help. */
  readonly epilogue?: string;
  /** Makes what commands run with; called once, just before the command runs. */
  context(globals: FlagValues<G>): Promise<Context> | Context;
}

/** Declares a program; the types of its global flags follow from their definitions. */
export function defineProgram<Context, const G extends FlagSpecs>(
  program: Program<Context, G>,
): Program<Context> {
  return program as unknown as Program<Context>;
}

export function isGroup<Context>(entry: Entry<Context>): entry is GroupEntry<Context> {
  return "commands" in entry;
}

/** The entry of a name or alias. */
export function findEntry<Context>(
  entries: Entries<Context>,
  name: string,
): Entry<Context> | undefined {
  if (Object.hasOwn(entries, name)) return entries[name];
  return Object.values(entries).find(({ aliases }) => aliases?.includes(name));
}
