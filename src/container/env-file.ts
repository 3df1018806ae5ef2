import { fail } from "#errors";

/**
 * The variables of an `--env-file`, by Docker's rules: one a line, `#` at a line's start is a
 * comment, values are taken as they are. A name alone takes its value from `lookup`, and is left
 * out where that has none. Fails with `invalid-argument`.
 */
export function parseEnvFile(text: string, lookup: (name: string) => string | undefined): string[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const present = lines.map((line) => line.trimStart()).filter((line) => !/^(#|$)/.test(line));
  return present.flatMap((line) => {
    const name = line.includes("=") ? line.slice(0, line.indexOf("=")) : line;
    checkVariable(name, line);
    const entry = resolveVariable(line, lookup);
    return entry.includes("=") ? [entry] : [];
  });
}

/**
 * The form of one `-e`: `NAME=value` as it is, `NAME` with its value from `lookup`. Without one it
 * stays a name alone, which takes the image's variable away.
 */
export function resolveVariable(
  entry: string,
  lookup: (name: string) => string | undefined,
): string {
  if (entry === "" || entry.startsWith("="))
    fail("invalid-argument", `invalid environment variable: ${entry}`);
  if (entry.includes("=")) return entry;
  const value = lookup(entry);
  return value === undefined ? entry : `${entry}=${value}`;
}

function checkVariable(name: string, line: string): void {
  if (name === "") {
    fail("invalid-argument", `poorly formatted environment: no variable name on line '${line}'`);
  }
  if (/\s/.test(name))
    fail(
      "invalid-argument",
      `poorly formatted environment: variable '${name}' contains whitespaces`,
    );
}
