import { closeSync, openSync, readSync } from "node:fs";
import { type Bytes, type Chunk, systemPath } from "#bytes";
import { fail } from "#errors";
import { encodeHeader, endOfArchive, padding } from "#tar";
import type { LayerFile } from "./layer-file.ts";

const BUFFER_BYTES = 1 << 18;

/** The entries as a tar, their files read as they are reached. */
export async function* layerTar(files: AsyncIterable<LayerFile> | Iterable<LayerFile>,
): AsyncGenerator<Chunk> {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  for await (const { header, content } of files) {
    yield encodeHeader(header);
    if (content === undefined) continue;
    if (typeof content === "string") yield* fileChunks(content, header.size, buffer);
    else if (content instanceof Uint8Array) yield content;
    else yield* content as Bytes;
    const rest = padding(header.size);
    if (rest > 0) yield new Uint8Array(rest);
  }
  yield endOfArchive();
}

/** Exactly the bytes that the header has promised. */
function* fileChunks(path: string, size: number, buffer: Buffer): Generator<Chunk> {
  const fd = openSync(systemPath(path), "r");
  try {
    for (let left = size; left > 0; ) {
      const count = readSync(fd, buffer, 0, Math.min(left, buffer.length), null);
      if (count === 0) fail("data-loss", `${path} got shorter while it was copied: build again`);
      left -= count;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(fd);
  }
}
