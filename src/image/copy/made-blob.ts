import type { Bytes, Chunk } from "#bytes";
import { fail } from "#errors";
import type { Digest } from "#oci";
import type { PushedBlob } from "#remote";
import type { OutgoingBlob } from "./graph.ts";

/** A blob that is made while it is sent. */
export interface MadeBlob {
  readonly mediaType: string;
  /** Bytes of what it is made from. */
  readonly total: number;
  /** Makes it, the same each time; `onRead` is told of the bytes that are read for it. */
  make(onRead: (bytes: number) => void): Bytes;
  /** What came of it the last time. */
  readonly promised?: { readonly digest: Digest; readonly size: number };
  arrived(blob: PushedBlob): void;
}

/** A reader that begins anew has it made again, up to where it begins. */
export function outgoing(blob: MadeBlob): OutgoingBlob {
  const { mediaType, total, promised, ...rest } = blob;
  const making = new Making(blob);
  return {
    ...{ ...promised, mediaType, total },
    open: (offset) => making.open(offset),
    read: () => making.read,
    result: () => making.result ?? fail("internal", "a blob was not made to its end"),
    arrived: rest.arrived,
    ...(promised && { unpromised: () => outgoing({ mediaType, total, ...rest }) }),
  };
}

class Making {
  readonly #blob: MadeBlob;
  read = 0;
  result: { digest: Digest; size: number } | undefined;

  constructor(blob: MadeBlob) {
    this.#blob = blob;
  }

  async *open(offset: number): AsyncGenerator<Chunk> {
    this.read = 0;
    const hash = process.getBuiltinModule("node:crypto").createHash("sha256");
    let size = 0;
    const onRead = (count: number) => {
      this.read += count;
    };
    for await (const chunk of this.#blob.make(onRead)) {
      hash.update(chunk);
      const skipped = Math.max(0, offset - size);
      size += chunk.length;
      if (skipped < chunk.length) yield chunk.subarray(skipped);
    }
    this.result = { digest: `sha256:${hash.digest("hex")}` as Digest, size };
  }
}
