import type { Chunk } from "#bytes";
import { createWaits, type RetryContext } from "../retry.ts";
import type { HttpResponse } from "../transport/transport.ts";
import { bytesOf, type Wanted } from "./blob-response.ts";

/** Sends the request for a part of a blob; gives an answer of 200 or 206. */
export type Ask = (wanted: Wanted) => Promise<HttpResponse>;

/** A break after this much new data is the first one again. */
const PROGRESS = 256 << 10;

/** A part of a blob, over as many connections after each other as it takes. */
export async function* resumed(
  ask: Ask,
  wanted: Wanted,
  context: RetryContext,
): AsyncGenerator<Chunk> {
  const waits = createWaits(context);
  for (let at = wanted.start, safe = at; at < wanted.end; ) {
    try {
      const rest = { ...wanted, start: at };
      for await (const chunk of bytesOf(await ask(rest), rest)) {
        at += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (at - safe >= PROGRESS) waits.progressed();
      safe = at;
      await waits.before(error);
    }
  }
}
