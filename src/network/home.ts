import { runTool, type ToolOptions } from "#kernel";

/**
 * Runs `work` where the bridges are: in the host's network for root. It must not wait; sockets
 * that it opens stay there.
 */
export function inHome<T>(work: () => T): T {
  return work();
}

/** Runs a program there, to its end. */
export function runInHome(argv: readonly string[], options: ToolOptions = {}) {
  return runTool(argv, options);
}
