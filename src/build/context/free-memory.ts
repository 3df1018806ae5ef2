/** Bytes of resident memory below which nothing is gained. */
const PLENTY = 96e6;

/**
 * Between two phases of work on a large tree: what one of them left would stand beside what the
 * next one needs, which is tens of megabytes.
 */
export function freeMemory(): void {
  if (process.memoryUsage.rss() > PLENTY) Bun.gc(true);
}
