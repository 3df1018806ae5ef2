import type { Bytes, Chunk } from "#bytes";
import type { RangePolicy } from "./range-policy.ts";

/** Measures how fast a connection is: only the time that is spent waiting for it counts. */
export interface SpeedMeter {
  measure(bytes: Bytes): AsyncGenerator<Chunk>;
  isSlow(): boolean;
}

export function createSpeedMeter({ measured, slowerThan }: RangePolicy): SpeedMeter {
  let bytes = 0;
  let waitedMs = 0;
  return {
    async *measure(source) {
      let before: number | undefined;
      for await (const chunk of source) {
        // The first wait is for the request, and says nothing of the connection's speed.
        if (before !== undefined) {
          waitedMs += performance.now() - before;
          bytes += chunk.length;
        }
        yield chunk;
        before = performance.now();
      }
    },
    isSlow: () => bytes >= measured && bytes / waitedMs < slowerThan / 1000,
  };
}
