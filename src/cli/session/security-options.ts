import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { HostConfig } from "#container";
import { fail, messageOf } from "#errors";
import { systemWords } from "../system-error.ts";

const SEPARATOR = /[=:]/;
const SYSTEM_PATHS = "systempaths=unconfined";

/**
 * `--security-opt` as the API has it: a seccomp profile is its content, and unconfined system
 * paths are none. Fails with `invalid-argument` in the words of docker's CLI.
 */
export function parseSecurityOptions(options: readonly string[], directory: string): HostConfig {
  const parsed = options.map((option) => parseOption(option, directory));
  const SecurityOpt = parsed.filter((option) => option !== SYSTEM_PATHS);
  return {
    ...(SecurityOpt.length > 0 && { SecurityOpt }),
    ...(parsed.includes(SYSTEM_PATHS) && { MaskedPaths: [], ReadonlyPaths: [] }),
  };
}

function parseOption(option: string, directory: string): string {
  if (!SEPARATOR.test(option) && option !== "no-new-privileges")
    fail("invalid-argument", `invalid --security-opt: ${JSON.stringify(option)}`);
  const [, key, value = ""] = /^([^=:]*)[=:](.*)$/s.exec(option) ?? [];
  if (key !== "seccomp" || value === "unconfined" || value === "builtin") return option;
  return `seccomp=${readProfile(value, directory)}`;
}

function readProfile(path: string, directory: string): string {
  const text = readText(path, directory);
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    const problem = `compacting json for seccomp profile (${path}) failed: ${messageOf(error)}`;
    return fail("invalid-argument", problem);
  }
}

function readText(path: string, directory: string): string {
  try {
    return readFileSync(resolve(directory, path), "utf8");
  } catch (error) {
    const problem = `opening seccomp profile (${path}) failed: open ${path}: ${systemWords(error)}`;
    return fail("invalid-argument", problem);
  }
}
