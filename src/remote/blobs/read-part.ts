import type { Chunk } from "#bytes";
import type { Wanted } from "./blob-response.ts";
import { resumed } from "./resumed.ts";
import { NoRanges, type SegmentsOptions, segments } from "./segments.ts";
import { createSpeedMeter } from "./speed-meter.ts";

/** A part of a blob from one place: over one connection, or over several when that one is slow. */
export async function* readPart(wanted: Wanted, options: SegmentsOptions): AsyncGenerator<Chunk> {
  const { policy, context } = options;
  const ask = (part: Wanted) => options.ask(part, context.signal);
  const meter = createSpeedMeter(policy);
  let at = wanted.start;
  for await (const chunk of meter.measure(resumed(ask, wanted, context))) {
    at += chunk.length;
    yield chunk;
    if (wanted.end - at > policy.least && meter.isSlow()) break;
  }
  try {
    for await (const segment of segments({ ...wanted, start: at }, options)) {
      at += segment.length;
      yield segment;
    }
  } catch (error) {
    if (!(error instanceof NoRanges)) throw error;
    yield* resumed(ask, { ...wanted, start: at }, context);
  }
}
