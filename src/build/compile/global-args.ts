import { type Dockerfile, expandWord, located } from "#dockerfile";
import type { BuildArgs } from "./build-args.ts";

/** The values that FROM lines see: the predefined arguments and the ARGs before the first FROM. */
export function globalArgs(
  dockerfile: Dockerfile,
  predefined: ReadonlyMap<string, string>,
  given: BuildArgs,
): ReadonlyMap<string, string> {
  const globals = new Map(predefined);
  const rules = { escape: dockerfile.directives.escape };
  for (const { args, range } of dockerfile.metaArgs) {
    for (const { key, value } of args) {
      const expand = () => value && expandWord(value, globals, rules);
      const chosen = given[key] ?? located(dockerfile, range, expand);
      if (chosen !== undefined) globals.set(key, chosen);
    }
  }
  return globals;
}
