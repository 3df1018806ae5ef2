import { quote } from "#errors";
import { refuse } from "../syntax/refusal.ts";
import { didYouMean } from "../syntax/suggest.ts";
import { parseCsvLine } from "./csv.ts";
import { parseBoolean, parseSize } from "./quantity.ts";

interface Owned {
  /** Permission bits. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Files of the context, a stage or an image; writes are dropped when not `readonly`. */
export interface BindMount {
  readonly type: "bind";
  readonly from?: string;
  readonly source?: string;
  /** Empty: the working directory. */
  readonly target: string;
  readonly readonly: boolean;
}

/** A directory that is kept from build to build. */
export interface CacheMount extends Owned {
  readonly type: "cache";
  /** Not given: the target is the id. */
  readonly id?: string;
  readonly target: string;
  readonly sharing: "shared" | "private" | "locked";
  /** What a new cache starts with. */
  readonly from?: string;
  readonly source?: string;
  readonly readonly: boolean;
}

export interface TmpfsMount {
  readonly type: "tmpfs";
  readonly target: string;
  /** In bytes. */
  readonly size?: number;
  readonly readonly: boolean;
}

/** A secret as a file at `target`, in the variable `env`, or both. */
export interface SecretMount extends Owned {
  readonly type: "secret";
  readonly id: string;
  readonly target?: string;
  readonly env?: string;
  readonly required: boolean;
}

/** An SSH agent's socket. */
export interface SshMount extends Owned {
  readonly type: "ssh";
  readonly id: string;
  /** Not given: the builder chooses a path. */
  readonly target?: string;
  readonly required: boolean;
}

export type RunMount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount;

const TYPES = ["bind", "cache", "secret", "ssh", "tmpfs"] as const;
const SHARING = ["locked", "private", "shared"] as const;
const OWNED = ["mode", "uid", "gid"];
const ALIASES: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
  rw: "readwrite",
};
const KEYS = [
  ...["type", "from", "source", "target", "readonly", "readwrite", "required"],
  ...["size", "id", "sharing", "mode", "uid", "gid", "env"],
];
/** Keys that only some types take; any other key is taken, if perhaps without use, by all. */
const TAKEN_BY: Readonly<Record<string, readonly RunMount["type"][]>> = {
  required: ["secret", "ssh"],
  size: ["tmpfs"],
  env: ["secret"],
};

/**
 * Reads the value of one `--mount=`. `expand` is given every value before it is looked at; a
 * `from` with a variable in it is refused, as BuildKit does.
 */
export function parseMount(text: string, expand: (value: string) => string): RunMount {
  const options = readOptions(text, expand);
  const type = oneOf(options.get("type") ?? "bind", TYPES, "unsupported mount type");
  for (const [key, types] of Object.entries(TAKEN_BY))
    if (options.has(key) && !types.includes(type))
      refuse(`unexpected key '${key}' for mount type '${type}'`);
  for (const key of OWNED)
    if (options.has(key) && (type === "bind" || type === "tmpfs"))
      refuse(`${key} not allowed for ${quote(type)} type mounts`);
  if (options.has("sharing") && type !== "cache")
    refuse(`invalid cache sharing set for ${type} mount: only type=cache takes sharing=`);
  return BUILDERS[type](options);
}

const BUILDERS: Readonly<Record<RunMount["type"], (options: Options) => RunMount>> = {
  bind: bindMount,
  cache: cacheMount,
  secret: secretMount,
  ssh: sshMount,
  tmpfs: tmpfsMount,
};

type Options = ReadonlyMap<string, string>;

function readOptions(text: string, expand: (value: string) => string): Options {
  const options = new Map<string, string>();
  for (const field of parseCsvLine(text)) {
    const [key, value] = readField(field, expand);
    // The last of `readonly` and `readwrite` wins, and they are one option.
    if (key === "readwrite") options.set("readonly", String(!truth(key, value)));
    else options.set(key, value);
  }
  return options;
}

function readField(field: string, expand: (value: string) => string): [string, string] {
  const at = field.indexOf("=");
  const written = field.slice(0, at < 0 ? undefined : at).toLowerCase();
  const key = Object.hasOwn(ALIASES, written) ? ALIASES[written]! : written;
  if (at < 0) {
    if (["readonly", "readwrite", "required"].includes(key)) return [key, "true"];
    return refuse(`invalid field '${field}' must be a key=value pair`);
  }
  if (!KEYS.includes(key))
    refuse(`unexpected key '${key}' in '${field}'${didYouMean(key, [...KEYS, "src", "dst"])}`);
  const value = field.slice(at + 1);
  if (key === "from" && /\$./.test(value))
    refuse("'from' doesn't support variable expansion, define alias stage instead");
  return [key, expand(value)];
}

function bindMount(options: Options): BindMount {
  return {
    type: "bind",
    ...origin(options),
    target: options.get("target") ?? "",
    readonly: truth("readonly", options.get("readonly") ?? "true"),
  };
}

function cacheMount(options: Options): CacheMount {
  const id = options.get("id");
  const sharing = options.get("sharing") ?? "shared";
  return {
    type: "cache",
    ...(id && { id }),
    target: options.get("target") ?? "",
    sharing: oneOf(sharing, SHARING, "unsupported sharing value"),
    ...origin(options),
    readonly: truth("readonly", options.get("readonly") ?? "false"),
    ...ownership(options),
  };
}

function tmpfsMount(options: Options): TmpfsMount {
  const size = options.get("size");
  const bytes = size === undefined ? undefined : (parseSize(size) ?? badValue("size", size));
  return {
    type: "tmpfs",
    target: options.get("target") ?? "",
    ...(bytes !== undefined && { size: bytes }),
    readonly: truth("readonly", options.get("readonly") ?? "false"),
  };
}

function secretMount(options: Options): SecretMount {
  if (options.has("from")) refuse("secret mount should not have a from");
  const target = options.get("target");
  const env = options.get("env");
  const id = options.get("id") || options.get("source") || baseName(target ?? "");
  if (id === "") refuse("invalid secret mount. one of source, target required: add id=<name>");
  if (options.get("id") && options.get("source")) refuse("both source and id can't be set");
  const file = target || (env === undefined ? `/run/secrets/${baseName(id)}` : undefined);
  return {
    type: "secret",
    id,
    ...(file !== undefined && { target: file }),
    ...(env !== undefined && { env }),
    required: truth("required", options.get("required") ?? "false"),
    ...ownership(options),
  };
}

function sshMount(options: Options): SshMount {
  const target = options.get("target");
  return {
    type: "ssh",
    id: options.get("id") || options.get("source") || "default",
    ...(target && { target }),
    required: truth("required", options.get("required") ?? "false"),
    ...ownership(options),
  };
}

function origin(options: Options): { from?: string; source?: string } {
  const from = options.get("from");
  const source = options.get("source");
  return { ...(from && { from }), ...(source && { source }) };
}

function ownership(options: Options): Owned {
  const mode = wholeNumber(options, "mode", 8);
  const uid = wholeNumber(options, "uid", 10);
  const gid = wholeNumber(options, "gid", 10);
  return {
    ...(mode !== undefined && { mode }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  };
}

function wholeNumber(options: Options, key: string, radix: 8 | 10): number | undefined {
  const text = options.get(key);
  if (text === undefined) return undefined;
  const digits = radix === 8 ? /^[0-7]{1,11}$/ : /^\d{1,10}$/;
  const value = digits.test(text) ? Number.parseInt(text, radix) : Number.NaN;
  return value < 2 ** 32 ? value : refuse(`invalid value ${text} for ${key}`);
}

function truth(key: string, text: string): boolean {
  return parseBoolean(text) ?? badValue(key, text);
}

function badValue(key: string, value: string): never {
  return refuse(`invalid value for ${key}: ${value}`);
}

function oneOf<T extends string>(text: string, options: readonly T[], problem: string): T {
  const lower = text.toLowerCase();
  const found = options.find((option) => option === lower);
  if (found !== undefined) return found;
  const hint = didYouMean(text, options) || ` (one of ${options.join(", ")})`;
  return refuse(`${problem} ${quote(text)}${hint}`);
}

function baseName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1)!;
}
