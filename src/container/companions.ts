import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, processStart, spawnProcess } from "#kernel";
import type { Places } from "./container-store.ts";

/**
 * Starts a small program that stays beside a container while it is up, and goes with it: what a
 * daemon would do elsewhere. It is to end by itself, too, when the container is gone.
 */
export function startCompanion({ bundle }: Places, name: string, argv: readonly string[]): void {
  const quiet = { stdin: "ignore", stdout: "ignore", stderr: "ignore", detached: true } as const;
  const child = spawnProcess(argv, { ...quiet, cwd: "/" });
  child.unref();
  const directory = companionsOf(bundle);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, name), `${child.pid} ${processStart(child.pid) ?? 0}`);
}

/** Ends all companions of a container, and what they have started. */
export function stopCompanions({ bundle }: Places): void {
  for (const name of namesIn(companionsOf(bundle))) {
    const [pid = 0, start = 0] = readIdentity(join(companionsOf(bundle), name));
    if (isAlive(pid, start)) kill(-pid);
  }
}

/** The whole group: each companion leads one. */
function kill(group: number): void {
  try {
    process.kill(group, "SIGKILL");
  } catch {
    // It has ended in this moment.
  }
}

function readIdentity(path: string): number[] {
  return readFileSync(path, "utf8").split(" ").map(Number);
}

function companionsOf(bundle: string): string {
  return join(bundle, "companions");
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
