import { join } from "node:path";

/**
 * How this very program is called: the one file that it was compiled to, or the sources with the
 * runtime that runs them.
 */
export function ownProgram(root: string): string[] {
  const compiled = Bun.main.startsWith("/$bunfs/");
  const script = compiled ? [] : [join(import.meta.dir, "../cli/main.ts")];
  return [process.execPath, ...script, "--root", root];
}
