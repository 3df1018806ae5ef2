import type { Chunk } from "./bytes.ts";

/** Looked at of each block: so many stretches of so many bytes, evenly spread. */
const STRETCHES = 4;
const STRETCH = 4 << 10;

/** Bits per byte; of what is compressed or encrypted, a sample of 16 KiB has 7.989. */
const DENSE = 7.98;

/**
 * Whether all byte values are as frequent in a block as in noise, by a sample. What is so can be
 * made smaller only where it repeats itself.
 */
export function looksLikeNoise(block: Chunk): boolean {
  if (block.length < STRETCHES * STRETCH) return false;
  const counts = new Uint32Array(256);
  const step = Math.floor(block.length / STRETCHES);
  for (let stretch = 0; stretch < STRETCHES; stretch++)
    count(block.subarray(stretch * step, stretch * step + STRETCH), counts);
  return entropy(counts, STRETCHES * STRETCH) > DENSE;
}

function count(bytes: Chunk, counts: Uint32Array): void {
  for (let at = 0; at < bytes.length; at++) counts[bytes[at]!]!++;
}

/** Shannon's, in bits. */
function entropy(counts: Uint32Array, total: number): number {
  return counts.reduce((sum, each) => {
    const share = each / total;
    return share > 0 ? sum - share * Math.log2(share) : sum;
  }, 0);
}
