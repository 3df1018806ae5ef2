import { messageOf } from "#errors";
import { type FlagSpec, type FlagSpecs, type Invocation, longName } from "./definition.ts";
import { flagError } from "./usage-error.ts";
import { parseValue } from "./values.ts";

/** A command line, and what it asks for besides running the command. */
export interface ParsedArguments<F extends FlagSpecs> extends Invocation<F> {
  readonly help: boolean;
  /** Lines for stderr: deprecated flags that were used. */
  readonly warnings: readonly string[];
}

export interface ParseOptions<F extends FlagSpecs> {
  /** The command's full name, for messages. */
  readonly path: string;
  readonly flags: F;
  readonly interspersed?: boolean;
}

/**
 * Reads flags and arguments with the rules of docker's CLI: `--flag value`, `--flag=value`,
 * `-f value`, `-fvalue`, `-f=value`, `-it`, and `--` before what is no flag.
 *
 * @throws UsageError with exit code 125
 */
export function parseArguments<const F extends FlagSpecs>(
  args: readonly string[],
  { path, flags, interspersed = true }: ParseOptions<F>,
): ParsedArguments<F> {
  return new Reader(args, path, flags, interspersed).read() as unknown as ParsedArguments<F>;
}

interface Flag {
  readonly key: string;
  readonly name: string;
  readonly spec: FlagSpec;
}

class Reader {
  private readonly path: string;
  private readonly rest: string[];
  private readonly interspersed: boolean;
  private readonly long = new Map<string, Flag>();
  private readonly short = new Map<string, Flag>();
  private readonly values: Record<string, unknown> = {};
  private readonly given = new Set<string>();
  private readonly warnings: string[] = [];
  private help = false;

  constructor(args: readonly string[], path: string, flags: FlagSpecs, interspersed: boolean) {
    this.rest = [...args];
    this.path = path;
    this.interspersed = interspersed;
    for (const [key, spec] of Object.entries(flags)) this.register(key, spec);
  }

  private register(key: string, spec: FlagSpec): void {
    const flag = { key, name: longName(key, spec), spec };
    for (const name of [flag.name, ...(spec.aliases ?? [])]) this.long.set(name, flag);
    if (spec.short) this.short.set(spec.short, flag);
    this.values[key] = initialValue(spec);
  }

  read(): ParsedArguments<FlagSpecs> {
    const args: string[] = [];
    for (let arg = this.rest.shift(); arg !== undefined; arg = this.rest.shift()) {
      if (arg === "--") break;
      if (arg.startsWith("--")) this.readLong(arg);
      else if (arg.startsWith("-") && arg !== "-") this.readShort(arg.slice(1));
      else {
        args.push(arg);
        if (!this.interspersed) break;
      }
    }
    const { values, given, warnings, help } = this;
    return { flags: values, args: [...args, ...this.rest], given, warnings, help } as never;
  }

  private readLong(arg: string): void {
    const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === "" || name.startsWith("-")) this.fail(`bad flag syntax: ${arg}`);
    const flag = this.long.get(name);
    if (flag) this.set(flag, value ?? bareValue(flag.spec) ?? this.following(arg));
    else if (name === "help") this.help = true;
    else this.fail(`unknown flag: --${name}`);
  }

  /** Letters together: flags without a value, then perhaps one that takes what is left. */
  private readShort(letters: string): void {
    let left = letters;
    while (left !== "") {
      const letter = String.fromCodePoint(left.codePointAt(0) ?? 0);
      const flag = this.short.get(letter);
      left = flag
        ? this.readLetter(flag, letter, left.slice(letter.length))
        : this.unknownShort(letter, left);
    }
  }

  /** @returns the letters that are still to be read */
  private readLetter(flag: Flag, letter: string, after: string): string {
    const bare = bareValue(flag.spec);
    if (after.length > 1 && after.startsWith("=")) this.set(flag, after.slice(1));
    else if (bare !== undefined) {
      this.set(flag, bare);
      return after;
    } else this.set(flag, after || this.following(`'${letter}' in -${letter}`));
    return "";
  }

  private unknownShort(letter: string, letters: string): "" {
    if (letter !== "h") this.fail(`unknown shorthand flag: '${letter}' in -${letters}`);
    this.warnings.push("Flag shorthand -h has been deprecated, use --help");
    this.help = true;
    return "";
  }

  private following(flag: string): string {
    return this.rest.shift() ?? this.fail(`flag needs an argument: ${flag}`);
  }

  private set({ key, name, spec }: Flag, text: string): void {
    try {
      const previous = this.given.has(key) || spec.type !== "list" ? this.values[key] : [];
      this.values[key] = parseValue(spec, text, previous);
    } catch (error) {
      const shown = spec.short ? `-${spec.short}, --${name}` : `--${name}`;
      this.fail(
        `invalid argument ${JSON.stringify(text)} for "${shown}" flag: ${messageOf(error)}`,
      );
    }
    if (spec.deprecated && !this.given.has(key)) {
      this.warnings.push(`Flag --${name} has been deprecated, ${spec.deprecated}`);
    }
    this.given.add(key);
  }

  private fail(message: string): never {
    throw flagError(this.path, message);
  }
}

function initialValue(spec: FlagSpec): unknown {
  switch (spec.type) {
    case "bool":
      return spec.default ?? false;
    case "list":
      return spec.default ?? [];
    case "map":
      return new Map();
    case "count":
      return 0;
    default:
      return spec.default;
  }
}

/** What a flag means that stands alone; undefined if it must have a value. */
export function bareValue(spec: FlagSpec): string | undefined {
  if (spec.type === "bool") return "true";
  if (spec.type === "count") return "+1";
  return "bare" in spec ? spec.bare : undefined;
}
