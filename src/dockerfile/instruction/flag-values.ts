import { refuse } from "../syntax/refusal.ts";
import { didYouMean } from "../syntax/suggest.ts";

/** What a flag takes: nothing or true/false, one value, or a value each of several times. */
export type FlagKind = "boolean" | "text" | "texts";

/** The flags of one instruction, checked against those it knows. */
export interface FlagValues {
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  boolean(name: string): boolean | undefined;
}

/** Reads `--name=value` texts; refuses what is unknown, repeated or without its value. */
export function readFlags(
  flags: readonly string[],
  known: Readonly<Record<string, FlagKind>>,
): FlagValues {
  const values = new Map<string, string[]>();
  for (const flag of flags) {
    const [name, value] = readFlag(flag, known);
    const before = values.get(name);
    if (before === undefined) values.set(name, [value]);
    else if (known[name] === "texts") before.push(value);
    else refuse(`duplicate flag specified: --${name}`);
  }
  return {
    text: (name) => values.get(name)?.[0],
    texts: (name) => values.get(name) ?? [],
    boolean: (name) => (values.has(name) ? values.get(name)![0] === "true" : undefined),
  };
}

function readFlag(flag: string, known: Readonly<Record<string, FlagKind>>): [string, string] {
  const at = flag.indexOf("=");
  const name = flag.slice(2, at < 0 ? undefined : at);
  if (!Object.hasOwn(known, name)) unknownFlag(name, Object.keys(known));
  if (known[name] === "boolean") return [name, readBoolean(name, flag, at)];
  if (at < 0) refuse(`missing a value on flag: --${name} (write --${name}=<value>)`);
  return [name, flag.slice(at + 1)];
}

function unknownFlag(name: string, names: readonly string[]): never {
  const known =
    names.length === 0 ? "it takes no flags" : `it takes --${names.toSorted().join(", --")}`;
  return refuse(`unknown flag: --${name}${didYouMean(name, names) || `; ${known}`}`);
}

function readBoolean(name: string, flag: string, at: number): string {
  const value = at < 0 ? "true" : flag.slice(at + 1).toLowerCase();
  if (value === "") refuse(`missing a value on flag: --${name} (write --${name} or =true, =false)`);
  if (value === "true" || value === "false") return value;
  return refuse(`expecting boolean value for flag --${name}, not: ${flag.slice(at + 1)}`);
}
