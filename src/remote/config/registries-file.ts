import { fail, messageOf, quote } from "#errors";

/** One `[[registry]]` (containers-registries.conf(5)). */
export interface RegistryEntry {
  readonly prefix: string;
  /** Undefined where names stay as they are. */
  readonly location: string | undefined;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly MirrorEntry[];
}

/** One `[[registry.mirror]]`. */
export interface MirrorEntry {
  readonly location: string;
  readonly insecure: boolean;
  readonly pulls?: "digest-only" | "tag-only";
}

const PLACE = /^(\*\.)?([\w.-]+|\[[\da-fA-F:]+\])(:\d+)?(\/[\w.-]+)*$/;

type Table = Readonly<Record<string, unknown>>;

/** The registries of all files; a later file's entry replaces an earlier one of the same prefix. */
export async function readRegistries(files: readonly string[]): Promise<readonly RegistryEntry[]> {
  const entries = new Map<string, RegistryEntry>();
  for (const path of files)
    for (const entry of await readFile(path)) entries.set(entry.prefix, entry);
  return [...entries.values()];
}

async function readFile(path: string): Promise<readonly RegistryEntry[]> {
  const text = await textOf(path);
  if (text === undefined) return [];
  return tables(parseToml(text, path).registry, "registry", path).map((table) =>
    entryOf(table, path),
  );
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Bun.file(path).text();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return fail("invalid-argument", `cannot read ${path}: ${messageOf(error)}`, error);
  }
}

function parseToml(text: string, path: string): Table {
  try {
    return Bun.TOML.parse(text) as Table;
  } catch (error) {
    const place = `${path}, line ${damagedLine(text)}`;
    const reason = messageOf(error).replace(/^TOML Parse error: /, "");
    return fail("invalid-argument", `${place}: not valid TOML: ${reason}`, error);
  }
}

/** Where the first thing that cannot be read begins: the parser does not tell. */
function damagedLine(text: string): number {
  const lines = text.split("\n");
  for (let good = lines.length - 1; good > 0; good--)
    if (isToml(lines.slice(0, good).join("\n"))) return good + 1;
  return 1;
}

function isToml(text: string): boolean {
  try {
    Bun.TOML.parse(text);
    return true;
  } catch {
    return false;
  }
}

function entryOf(table: Table, path: string): RegistryEntry {
  const location = optional(table, "location", "string", path);
  const prefix = optional(table, "prefix", "string", path) || location;
  if (!prefix)
    return fail("invalid-argument", `${path}: a [[registry]] has neither prefix nor location`);
  const isAny = prefix.startsWith("*.");
  const digestOnly = optional(table, "mirror-by-digest-only", "boolean", path) ?? false;
  const mirrors = tables(table.mirror, "registry.mirror", path);
  return {
    prefix: cleanPlace(prefix, path),
    location: location ? cleanPlace(location, path) : isAny ? undefined : cleanPlace(prefix, path),
    insecure: optional(table, "insecure", "boolean", path) ?? false,
    blocked: optional(table, "blocked", "boolean", path) ?? false,
    mirrors: mirrors.map((mirror) => mirrorOf(mirror, digestOnly, path)),
  };
}

function mirrorOf(table: Table, digestOnly: boolean, path: string): MirrorEntry {
  const location = optional(table, "location", "string", path);
  if (!location) return fail("invalid-argument", `${path}: a [[registry.mirror]] has no location`);
  const from = optional(table, "pull-from-mirror", "string", path) ?? "all";
  if (from !== "all" && from !== "digest-only" && from !== "tag-only")
    return fail(
      "invalid-argument",
      `${path}: pull-from-mirror is ${quote(from)}; it can be all, digest-only or tag-only`,
    );
  const pulls = digestOnly ? "digest-only" : from;
  return {
    location: cleanPlace(location, path),
    insecure: optional(table, "insecure", "boolean", path) ?? false,
    ...(pulls !== "all" && { pulls }),
  };
}

/** `host[:port][/path]`. */
function cleanPlace(text: string, path: string): string {
  const place = text.replace(/\/+$/, "");
  if (PLACE.test(place) && !/(^|\/)\.\.?(\/|$)/.test(place)) return place;
  return fail(
    "invalid-argument",
    `${path}: ${quote(text)} is no host[:port][/path]; it goes without http:// or https://`,
  );
}

function tables(value: unknown, key: string, path: string): readonly Table[] {
  if (value === undefined) return [];
  const isTables =
    Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null);
  return isTables
    ? value
    : fail("invalid-argument", `${path}: ${key} is not written as [[${key}]]`);
}

interface Types {
  readonly string: string;
  readonly boolean: boolean;
}

function optional<T extends keyof Types>(
  table: Table,
  key: string,
  type: T,
  path: string,
): Types[T] | undefined {
  const value = table[key];
  if (value === undefined || typeof value === type) return value as Types[T] | undefined;
  return fail("invalid-argument", `${path}: ${key} must be a ${type}`);
}
