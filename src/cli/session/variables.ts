import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnvFile, resolveVariable } from "#container";
import { failOnFile } from "../system-error.ts";

/** What `--env-file` and, after it, `--env` say; a name alone takes the caller's value. */
export function variablesOf(
  { env, envFile }: { readonly env: readonly string[]; readonly envFile: readonly string[] },
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const variable = (name: string) => environment[name];
  const files = envFile.flatMap((path) =>
    parseEnvFile(readText(resolve(directory, path), path), variable),
  );
  return [...files, ...env.map((entry) => resolveVariable(entry, variable))];
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    return failOnFile("open", shown, error);
  }
}
