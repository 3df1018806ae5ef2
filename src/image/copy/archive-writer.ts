import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { type Bytes, type Chunk, Slots } from "#bytes";
import { fail } from "#errors";
import { type Digest, digestOf } from "#oci";
import { encodeHeader, endOfArchive, padding } from "#tar";
import { ENTRY_ATTRIBUTES } from "../archive/entry-attributes.ts";

/** Larger files need a longer header (POSIX.1-2017, pax). */
const LARGE = 8 * 2 ** 30;

/** Names differ in their digest alone, not in their length. */
const ANY_DIGEST = digestOf("");

/** A tar that is written beside its place and put there when it is whole. */
export class ArchiveWriter implements Disposable {
  readonly #path: string;
  readonly #temporary: string;
  readonly #turns = new Slots(1);
  #fd: number | undefined;
  #at = 0;

  constructor(path: string) {
    this.#path = path;
    this.#temporary = `${path}.${process.pid}.partial`;
    this.#fd = openSync(this.#temporary, "wx+", 0o644);
  }

  /**
   * Adds a file with the bytes of a stream, one after the other. Its name may depend on what the
   * bytes were; `size` is how many they will be, as far as that is known.
   */
  add(
    bytes: Bytes,
    size: number | undefined,
    nameOf: (digest: Digest) => string,
  ): Promise<{ digest: Digest; size: number }> {
    return this.#turns.run(async () => {
      const start = this.#at;
      try {
        return await this.#add(bytes, size, nameOf);
      } catch (error) {
        // What is half written is overwritten by the next one.
        this.#at = start;
        throw error;
      }
    });
  }

  /** Ends the archive and puts it in its place. */
  finish(): void {
    this.#write(endOfArchive());
    ftruncateSync(this.#file(), this.#at);
    closeSync(this.#file());
    this.#fd = undefined;
    renameSync(this.#temporary, this.#path);
  }

  /** What was not finished goes. */
  [Symbol.dispose](): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
    rmSync(this.#temporary, { force: true });
  }

  async #add(bytes: Bytes, expected: number | undefined, nameOf: (digest: Digest) => string) {
    const start = this.#at;
    const room = headerOf(nameOf(ANY_DIGEST), expected ?? 0).length;
    this.#at += room;
    const hash = new Bun.CryptoHasher("sha256");
    for await (const chunk of bytes) {
      hash.update(chunk);
      this.#write(chunk);
    }
    const size = this.#at - start - room;
    const digest = `sha256:${hash.digest("hex")}` as Digest;
    const header = headerOf(nameOf(digest), size);
    if (header.length !== room)
      fail(
        "unsupported",
        `a layer of more than ${LARGE} bytes cannot be compressed into an archive`,
      );
    this.#writeAt(header, start);
    this.#write(new Uint8Array(padding(size)));
    return { digest, size };
  }

  #write(chunk: Chunk): void {
    this.#writeAt(chunk, this.#at);
    this.#at += chunk.length;
  }

  #writeAt(chunk: Chunk, at: number): void {
    for (let done = 0; done < chunk.length; )
      done += writeSync(this.#file(), chunk, done, chunk.length - done, at + done);
  }

  #file(): number {
    return this.#fd ?? fail("internal", "the archive is closed");
  }
}

function headerOf(path: string, size: number): Uint8Array {
  return encodeHeader({ ...ENTRY_ATTRIBUTES, path, size });
}
