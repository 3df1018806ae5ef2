import { LEAST_PART, Multipart, partSize } from "./multipart.ts";
import { newKey } from "./object-keys.ts";
import type { S3Store } from "./s3-store.ts";
import type { Part, UploadState } from "./upload-state.ts";

/** Parts of one upload that are on their way at once. */
const WIDTH = 4;

type Stored = Pick<UploadState, "multipart" | "parts" | "tail">;

/** Cuts a stream into parts and stores them, some at once; what is left becomes a tail. */
export class PartWriter {
  readonly #store: S3Store;
  readonly #upload: string;
  #multipart: Multipart | undefined;
  readonly #parts: Promise<Part>[];
  readonly #underway = new Set<Promise<unknown>>();
  #block: Buffer | undefined;
  #filled = 0;

  constructor(store: S3Store, upload: string, { multipart, parts }: Stored) {
    this.#store = store;
    this.#upload = upload;
    this.#parts = parts.map((part) => Promise.resolve(part));
    if (multipart) this.#multipart = new Multipart(store.client, multipart.key, multipart.uploadId);
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const size = partSize(this.#parts.length + 1);
      this.#block ??= this.#store.blocks.take(size);
      const piece = chunk.subarray(at, at + size - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === size) await this.#beginPart();
    }
  }

  /** Everything is stored when it resolves. */
  async finish(): Promise<Stored> {
    if (this.#filled >= LEAST_PART) await this.#beginPart();
    const tail = this.#filled > 0 ? await this.#putTail() : undefined;
    const parts = await Promise.all(this.#parts);
    const multipart = this.#multipart && {
      key: this.#multipart.key,
      uploadId: this.#multipart.uploadId,
    };
    return { parts, ...(multipart && { multipart }), ...(tail && { tail }) };
  }

  /** Waits for what is on its way; nothing can be written after that. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#underway);
    if (this.#block) this.#store.blocks.give(this.#block);
    this.#block = undefined;
  }

  /** Resolves when the part is on its way: until there is a slot, nothing more is read. */
  async #beginPart(): Promise<void> {
    this.#multipart ??= await Multipart.begin(this.#store.client, newKey(this.#upload));
    if (this.#underway.size >= WIDTH) await Promise.race(this.#underway);
    const slot = await this.#store.slots.take();
    const part = this.#putPart(this.#multipart, slot);
    this.#parts.push(part);
    const done = part.finally(() => this.#underway.delete(done));
    this.#underway.add(done);
    // It is awaited later; until then its failure is no unhandled one.
    done.catch(() => undefined);
  }

  async #putPart(multipart: Multipart, slot: Disposable): Promise<Part> {
    using _slot = slot;
    const block = this.#block!;
    const body = block.subarray(0, this.#filled);
    this.#block = undefined;
    this.#filled = 0;
    try {
      return await multipart.put(this.#parts.length + 1, body);
    } finally {
      this.#store.blocks.give(block);
    }
  }

  async #putTail(): Promise<NonNullable<UploadState["tail"]>> {
    const key = newKey(this.#upload);
    const body = this.#block!.subarray(0, this.#filled);
    using _slot = await this.#store.slots.take();
    await putObject(this.#store, key, body);
    return { key, size: body.length };
  }
}

export async function putObject({ client }: S3Store, key: string, body: Uint8Array): Promise<void> {
  const headers = { "content-type": "application/octet-stream" };
  const response = await client.send("PUT", key, { body, headers });
  await response.arrayBuffer();
}
