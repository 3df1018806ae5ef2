import { readFileSync } from "node:fs";

/** What a process has used so far. */
export interface ProcessFigures {
  /** Seconds of processor time, the kernel's for it included. */
  readonly cpu: number;
  /** Bytes of resident memory at the peak. */
  readonly peak: number;
}

const TICKS_PER_SECOND = 100;

/** Of a running process, from /proc (proc(5)). */
export function processFigures(pid: number): ProcessFigures {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14).map(Number);
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { cpu: (user! + system!) / TICKS_PER_SECOND, peak: Number(peak) * 1024 };
}
