import { readFileSync } from "node:fs";

/** Which run of the machine this is: pids and mounts of an earlier one mean nothing. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/**
 * When a process started, in clock ticks since boot; undefined when there is none (a zombie
 * counts as none). With the pid it names a process for good: pids are used again.
 */
export function processStart(pid: number): number | undefined {
  const fields = statFields(pid);
  const [state, start] = [fields?.[0], fields?.[19]];
  return state === undefined || state === "Z" || state === "X" ? undefined : Number(start);
}

/** Whether the process that had `pid` and started at `start` still runs. */
export function isAlive(pid: number, start: number): boolean {
  return processStart(pid) === start;
}

/** The process group that we are in, by its leader's pid. */
export function ownProcessGroup(): number {
  return Number(statFields(process.pid)?.[2]);
}

/** The fields of /proc/PID/stat from the third on: the second, the name, may hold anything. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
