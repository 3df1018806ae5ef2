interface AnyFlag {
  /** The text of the Options column. */
  readonly help: string;
  /** One letter: `-t`. */
  readonly short?: string;
  /** The long name, if it is not the key with its capitals turned into dashes. */
  readonly name?: string;
  /** Further long names that mean the same, not shown in help. */
  readonly aliases?: readonly string[];
  /** What help calls the value: `list`, `bytes`; by default the type's usual name. */
  readonly value?: string;
  readonly hidden?: boolean;
  /** Says what to use instead; the flag works, with a warning, and is hidden. */
  readonly deprecated?: string;
}

interface ValuedFlag<T> extends AnyFlag {
  readonly default?: T;
  /** The value if the flag stands without `=value`; a value then needs the `=`. */
  readonly bare?: string;
}

export interface BoolFlag extends AnyFlag {
  readonly type: "bool";
  readonly default?: boolean;
}

/** Text; a whole or broken number; a Go duration (`1m30s`) in milliseconds. */
export type PlainFlag =
  | (ValuedFlag<string> & { readonly type: "string" })
  | (ValuedFlag<number> & { readonly type: "int" | "uint" | "float" | "duration" });

/** A size (`512m`, binary units) in bytes. */
export interface BytesFlag extends ValuedFlag<number> {
  readonly type: "bytes";
  /** Accepts -1 for "no limit". */
  readonly unlimited?: boolean;
}

/** May be repeated; each occurrence is one element, taken as it is. */
export interface ListFlag extends AnyFlag {
  readonly type: "list";
  readonly default?: readonly string[];
  /** Throws an Error that says what is wrong with an element. */
  check?(text: string): void;
}

/** KEY=VALUE, may be repeated; the last of a key counts, without `=` the value is empty. */
export interface MapFlag extends AnyFlag {
  readonly type: "map";
}

/** Counts how often it stands there (`-vv`), or takes a number after `=`. */
export interface CountFlag extends AnyFlag {
  readonly type: "count";
}

export interface EnumFlag<V extends string = string> extends ValuedFlag<V> {
  readonly type: "enum";
  readonly choices: readonly V[];
}

/** A value with a syntax of its own; `parse` throws an Error that says what is wrong. */
export interface CustomFlag<T = unknown> extends AnyFlag {
  readonly type: "custom";
  readonly default?: T;
  readonly bare?: string;
  /** @param previous the value so far, if the flag is repeated, or the default */
  parse(text: string, previous: T | undefined): T;
}

export type FlagSpec =
  | BoolFlag
  | PlainFlag
  | BytesFlag
  | ListFlag
  | MapFlag
  | CountFlag
  | EnumFlag
  | CustomFlag;

/** Flags by key; the key in camel case is the long name: `noTrunc` is `--no-trunc`. */
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

interface ValueOfType {
  bool: boolean;
  string: string;
  int: number;
  uint: number;
  float: number;
  duration: number;
  bytes: number;
  list: readonly string[];
  map: ReadonlyMap<string, string>;
  count: number;
}

type Parsed<F extends FlagSpec> = F extends { parse: (text: string, previous: never) => infer T }
  ? T
  : F extends { choices: readonly (infer V)[] }
    ? V
    : F["type"] extends keyof ValueOfType
      ? ValueOfType[F["type"]]
      : never;

type AlwaysSet = { type: "bool" | "list" | "map" | "count" } | { default: unknown };

/** The values of flags: undefined only for those that were not given and have no default. */
export type FlagValues<F extends FlagSpecs> = {
  readonly [K in keyof F]: F[K] extends AlwaysSet ? Parsed<F[K]> : Parsed<F[K]> | undefined;
};

/** How many positional arguments a command takes; nothing means none. */
export interface ArgumentCount {
  readonly min?: number;
  readonly max?: number;
}

/** What a command line says. */
export interface Invocation<F extends FlagSpecs> {
  readonly flags: FlagValues<F>;
  readonly args: readonly string[];
  /** The keys of the flags that stand on the command line. */
  readonly given: ReadonlySet<keyof F & string>;
}

export interface CommandDefinition<F extends FlagSpecs, Context> {
  /** What stands after the name, e.g. `[OPTIONS] PATH | -`; several lines for several forms. */
  readonly usage: string | readonly string[];
  /** One line, as in the list of commands. */
  readonly summary: string;
  /** Text between the summary and the options. */
  readonly description?: string;
  /** All full names, e.g. `shale image ls`, `shale images`, for the help. */
  readonly aliases?: readonly string[];
  readonly args?: ArgumentCount;
  /** False stops reading flags at the first argument: `run IMAGE COMMAND --its-own-flag`. */
  readonly interspersed?: boolean;
  readonly flags: F;
  /** @returns the exit code */
  run(context: Context, invocation: Invocation<F>): Promise<number> | number;
}

/** A command of any flags. */
export type Command<Context> = CommandDefinition<FlagSpecs, Context>;

/** Declares a command; the types of its flags' values follow from their definitions. */
export function defineCommand<const F extends FlagSpecs, Context>(
  definition: CommandDefinition<F, Context>,
): Command<Context> {
  return definition as unknown as Command<Context>;
}

/** The long name of a flag: `--no-trunc` of `noTrunc`. */
export function longName(key: string, { name }: FlagSpec): string {
  return name ?? key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}
