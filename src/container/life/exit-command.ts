import { processStart, spawnProcess } from "#kernel";
import type { ContainerStore } from "../container-store.ts";
import type { ContainerRecord } from "../record.ts";

/**
 * A shell waits between a container's end and its next start: it is small. The working directory
 * is the bundle, which goes.
 */
const LOOP = 'cd /; while delay=$("$@"); do sleep "$delay"; done';

/** The command line that does what is to be done when a container has ended. */
export function exitCommand({ program }: ContainerStore, id: string): string[] {
  return ["/bin/sh", "-c", LOOP, "shale", ...program, "container", "exited", id];
}

/** Starts it in the place of a supervisor that has died; it goes on when this process ends. */
export function startExitCommand(
  store: ContainerStore,
  id: string,
): NonNullable<ContainerRecord["monitor"]> {
  const quiet = { stdin: "ignore", stdout: "ignore", stderr: "ignore", detached: true } as const;
  const { pid } = spawnProcess(exitCommand(store, id), { ...quiet, cwd: "/" });
  return { pid, start: processStart(pid) ?? 0 };
}
