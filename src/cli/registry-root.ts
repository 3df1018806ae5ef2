import { join, resolve } from "node:path";
import type { CommandContext } from "./context.ts";
import { storeDirectories } from "./store-directories.ts";

/** Where a registry keeps its images: what was said, else `registry/` of the store. */
export function registryRoot(context: CommandContext, given: string | undefined): string {
  if (given !== undefined) return resolve(context.directory, given);
  return join(storeDirectories(context.root, context.environment).root, "registry");
}
