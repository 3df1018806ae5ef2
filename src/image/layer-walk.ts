import { closeSync, openSync, readSync } from "node:fs";
import type { DiffId, Digest } from "#oci";
import { storedSize, type TarHeader, TarParser } from "#tar";
import { findLayer } from "./commit-image.ts";
import type { ImageStore } from "./image-store.ts";
import { openLayer } from "./open-layer.ts";

export interface LayerVisitor {
  /** Whether the entry's content is wanted. */
  entry(header: TarHeader): boolean;
  /** A piece of wanted content and its place in the file. */
  data(chunk: Uint8Array, position: number): void;
  /** Whether the rest of the layer is of no interest. */
  isDone(): boolean;
}

const CHUNK = 64 * 1024;
const ZEROS = new Uint8Array(1024 * 1024);

/** Goes through a layer's entries; of an uncompressed one it reads no content that is not wanted. */
export async function walkLayer(
  store: ImageStore,
  diffId: DiffId,
  visitor: LayerVisitor,
): Promise<void> {
  const walk = new Walk(visitor);
  const { blob } = findLayer(store, diffId);
  const path = blob === (diffId as Digest) ? store.content.path(blob) : undefined;
  if (path !== undefined) walk.throughFile(path);
  else await walk.throughStream(await openLayer(store, diffId));
}

class Walk {
  readonly #visitor: LayerVisitor;
  readonly #parser: TarParser;
  #isWanted: boolean = false;
  /** Bytes of the entry's content that are still to come. */
  #left = 0;

  constructor(visitor: LayerVisitor) {
    this.#visitor = visitor;
    this.#parser = new TarParser({
      entry: (header) => this.#entry(header),
      data: (chunk, position) => this.#data(chunk, position),
      close() {},
    });
  }

  async throughStream(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of bytes) {
      this.#parser.write(chunk);
      if (this.#visitor.isDone()) return;
    }
    this.#parser.end();
  }

  throughFile(path: string): void {
    const fd = openSync(path, "r");
    try {
      const buffer = new Uint8Array(CHUNK);
      for (let at = 0; !this.#visitor.isDone(); at += this.#skip()) {
        const length = readSync(fd, buffer, 0, CHUNK, at);
        if (length === 0) break;
        this.#parser.write(buffer.subarray(0, length));
        at += length;
      }
      if (!this.#visitor.isDone()) this.#parser.end();
    } finally {
      closeSync(fd);
    }
  }

  #entry(header: TarHeader): void {
    this.#left = storedSize(header);
    this.#isWanted = this.#visitor.entry(header);
  }

  #data(chunk: Uint8Array, position: number): void {
    this.#left -= chunk.length;
    if (this.#isWanted) this.#visitor.data(chunk, position);
  }

  /** Tells the parser of content that is not read: zeros stand for it. Gives how much that was. */
  #skip(): number {
    if (this.#isWanted) return 0;
    const skipped = this.#left;
    while (this.#left > 0) this.#parser.write(ZEROS.subarray(0, this.#left));
    return skipped;
  }
}
