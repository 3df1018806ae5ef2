/** One finished run of a command, as the kernel accounts for it. */
export interface Measure {
  /** Wall seconds. */
  readonly seconds: number;
  /** Bytes of resident memory at the peak of the largest process. */
  readonly memory: number;
  /** What it wrote to standard output. */
  readonly output: string;
}

/** Runs shell commands up to the first that fails, and expects that none does. */
export function measure(command: string): Measure {
  const start = Bun.nanoseconds();
  const done = Bun.spawnSync(["sh", "-ec", command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const seconds = secondsSince(start);
  if (done.exitCode !== 0) throw new Error(`${command}: exit ${done.exitCode}\n${done.stderr}`);
  return { seconds, memory: done.resourceUsage.maxRSS, output: done.stdout.toString() };
}

/** Wall seconds from a moment of `Bun.nanoseconds()` until now. */
export function secondsSince(start: number): number {
  return (Bun.nanoseconds() - start) / 1e9;
}

/** The wall seconds that some work takes. */
export function timeOf(work: () => void): number {
  const start = Bun.nanoseconds();
  work();
  return secondsSince(start);
}

/** NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
