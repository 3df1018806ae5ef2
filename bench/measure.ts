/** One finished run of a command, as the kernel accounts for it. */
export interface Measure {
  /** Wall seconds. */
  readonly seconds: number;
  /** Bytes of resident memory at the peak of the largest process. */
  readonly memory: number;
}

/** Runs a shell command, expects exit code 0. */
export function measure(command: string): Measure {
  const start = Bun.nanoseconds();
  const done = Bun.spawnSync(["sh", "-c", command], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const seconds = (Bun.nanoseconds() - start) / 1e9;
  if (done.exitCode !== 0) throw new Error(`${command}: exit ${done.exitCode}\n${done.stderr}`);
  return { seconds, memory: done.resourceUsage.maxRSS };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
