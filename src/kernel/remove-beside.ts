import { rmSync } from "node:fs";

/**
 * Removes a large file in a process of its own, which nobody waits for and which outlives this
 * one: freeing the pages and blocks of a gigabyte takes the kernel a third of a second.
 */
export function removeBeside(path: string): void {
  try {
    const [stdin, stdout, stderr] = ["ignore", "ignore", "ignore"] as const;
    Bun.spawn(["rm", "-f", "--", path], { stdin, stdout, stderr, detached: true }).unref();
  } catch {
    rmSync(path, { force: true });
  }
}
