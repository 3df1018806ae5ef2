import type { Chunk } from "#bytes";
import type { RetryContext } from "../retry.ts";
import type { Wanted } from "./blob-response.ts";
import type { RangePolicy } from "./range-policy.ts";
import { type Ask, resumed } from "./resumed.ts";

/** What {@link segments} ends with where a server sends the whole blob to whoever asks for a part. */
export class NoRanges extends Error {}

export interface SegmentsOptions {
  readonly policy: RangePolicy;
  readonly context: RetryContext;
  /** `signal` ends what was asked for ahead. */
  ask(wanted: Wanted, signal: AbortSignal | undefined): ReturnType<Ask>;
}

/**
 * A part of a blob, some segments of it fetched ahead at a time, in order. At most one segment for
 * each connection is in memory, beside the one that was delivered last.
 */
export async function* segments(
  wanted: Wanted,
  { policy, context, ask }: SegmentsOptions,
): AsyncGenerator<Chunk> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(context.signal ? [context.signal] : [])]);
  const ranged: Ask = async (part) => {
    const response = await ask(part, signal);
    if (response.status === 206) return response;
    await response.discard();
    throw new NoRanges();
  };
  const ahead: Promise<Uint8Array>[] = [];
  let next = wanted.start;
  const fetchAhead = () => {
    for (; next < wanted.end && ahead.length < policy.connections; next += policy.segment) {
      const part = { ...wanted, start: next, end: Math.min(wanted.end, next + policy.segment) };
      const segment = gathered(ranged, part, { ...context, signal });
      // It may fail before it is waited for, which is no reason to end the process.
      segment.catch(() => undefined);
      ahead.push(segment);
    }
  };
  try {
    for (fetchAhead(); ahead.length > 0; fetchAhead()) yield await ahead.shift()!;
  } finally {
    stop.abort();
  }
}

async function gathered(ask: Ask, part: Wanted, context: RetryContext): Promise<Uint8Array> {
  const segment = new Uint8Array(part.end - part.start);
  let filled = 0;
  for await (const chunk of resumed(ask, part, context)) {
    segment.set(chunk, filled);
    filled += chunk.length;
  }
  return segment;
}
