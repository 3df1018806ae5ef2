import { join } from "node:path";
import type { EngineOptions } from "./engine.ts";

/**
 * How this very program is called to work on the same store in the same way: the one file that it
 * was compiled to, or the sources with the runtime that runs them.
 */
export function ownProgram({
  root,
  storageDriver,
  runtime,
}: Pick<EngineOptions, "root" | "storageDriver" | "runtime">): string[] {
  const compiled = Bun.main.startsWith("/$bunfs/");
  const script = compiled ? [] : [join(import.meta.dir, "../cli/main.ts")];
  return [
    ...[process.execPath, ...script, "--root", root],
    ...(storageDriver ? ["--storage-driver", storageDriver] : []),
    ...(runtime ? ["--runtime", runtime] : []),
  ];
}
