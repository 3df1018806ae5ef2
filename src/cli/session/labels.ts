import { fail } from "#errors";

/** Labels of `--label KEY[=VALUE]`; the last of a key counts. */
export function labelsOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(entries.map(splitLabel));
}

function splitLabel(entry: string): [key: string, value: string] {
  const end = entry.includes("=") ? entry.indexOf("=") : entry.length;
  if (end === 0) fail("invalid-argument", `invalid label '${entry}': empty name`);
  return [entry.slice(0, end), entry.slice(end + 1)];
}
