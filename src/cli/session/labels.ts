import { fail } from "#errors";

/** Labels of `--label KEY[=VALUE]`; the last of a key counts. */
export function labelsOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(entries.map(splitLabel));
}

/** Of a flag's value; fails with `invalid-argument` where the key is empty. */
export function checkLabel(entry: string): void {
  if (/^(=|$)/.test(entry)) fail("invalid-argument", `invalid label '${entry}': empty name`);
}

function splitLabel(entry: string): [key: string, value: string] {
  checkLabel(entry);
  const end = entry.includes("=") ? entry.indexOf("=") : entry.length;
  return [entry.slice(0, end), entry.slice(end + 1)];
}
