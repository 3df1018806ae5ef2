import { decodePath } from "#bytes";
import { BLOCK } from "./header.ts";
import { parseNumber } from "./numbers.ts";

/** Where the fields stand (POSIX ustar; the last ones are GNU's and star's). */
const NAME = 0;
const MODE = 100;
const UID = 108;
const GID = 116;
const SIZE = 124;
const MTIME = 136;
const CHECKSUM = 148;
const TYPE = 156;
const LINK = 157;
const MAGIC = 257;
const UNAME = 265;
const GNAME = 297;
const MAJOR = 329;
const MINOR = 337;
const PREFIX = 345;
const STAR_TRAILER = 508;

export const OLD_SPARSE = 386;
const OLD_EXTENDED = 482;
const OLD_REAL_SIZE = 483;

/** A view of one header block; fields are read when they are asked for. */
export class HeaderBlock {
  readonly bytes: Buffer;
  readonly #magic: string;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#magic = bytes.toString("latin1", MAGIC, MAGIC + 6);
  }

  /** The type flag; old archives have NUL for a file. */
  get type(): string {
    return String.fromCharCode(this.bytes[TYPE]!);
  }

  /** The name, with ustar's prefix where the dialect has one. */
  get path(): string {
    const name = this.#text(NAME, 100);
    if (this.#magic !== "ustar\0") return name;
    const isStar = this.bytes.toString("latin1", STAR_TRAILER, BLOCK) === "tar\0";
    const prefix = this.#text(PREFIX, isStar ? 131 : 155);
    return prefix ? `${prefix}/${name}` : name;
  }

  get linkPath(): string {
    return this.#text(LINK, 100);
  }

  get uname(): string {
    return this.#magic.startsWith("ustar") ? this.#text(UNAME, 32) : "";
  }

  get gname(): string {
    return this.#magic.startsWith("ustar") ? this.#text(GNAME, 32) : "";
  }

  get mode(): number {
    return parseNumber(this.bytes, MODE, 8, "mode") & 0o7777;
  }

  get uid(): number {
    return parseNumber(this.bytes, UID, 8, "uid");
  }

  get gid(): number {
    return parseNumber(this.bytes, GID, 8, "gid");
  }

  get size(): number {
    return parseNumber(this.bytes, SIZE, 12, "size");
  }

  get mtime(): number {
    return parseNumber(this.bytes, MTIME, 12, "mtime");
  }

  get deviceMajor(): number {
    return parseNumber(this.bytes, MAJOR, 8, "device major");
  }

  get deviceMinor(): number {
    return parseNumber(this.bytes, MINOR, 8, "device minor");
  }

  get oldRealSize(): number {
    return parseNumber(this.bytes, OLD_REAL_SIZE, 12, "size of a sparse file");
  }

  get oldExtended(): boolean {
    return this.bytes[OLD_EXTENDED] !== 0;
  }

  #text(at: number, length: number): string {
    const nul = this.bytes.indexOf(0, at);
    const end = nul < 0 || nul > at + length ? at + length : nul;
    return end === at ? "" : decodePath(this.bytes.subarray(at, end));
  }
}

/** Whether the block holds nothing, which ends an archive. */
export function isZeroBlock(block: Buffer): boolean {
  return block[0] === 0 && block.equals(ZEROS);
}

const ZEROS = Buffer.alloc(BLOCK);

const words = new Uint32Array(BLOCK / 4);
const wordBytes = new Uint8Array(words.buffer);

/** The sum of a header's bytes with the checksum itself taken as spaces (POSIX ustar). */
export function checksumOf(block: Buffer): number {
  wordBytes.set(block);
  wordBytes.fill(0x20, CHECKSUM, CHECKSUM + 8);
  // Every other byte of a word, two sums in one number: each stays under 2^16.
  let even = 0;
  let odd = 0;
  for (let i = 0; i < BLOCK / 4; i++) {
    even += words[i]! & 0xff00ff;
    odd += (words[i]! >>> 8) & 0xff00ff;
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}

/** Whether the checksum is right; some old programs summed the bytes as signed numbers. */
export function hasValidChecksum(block: Buffer): boolean {
  const stated = Number.parseInt(block.toString("latin1", CHECKSUM, CHECKSUM + 8).trim(), 8);
  const sum = checksumOf(block);
  return stated === sum || stated === sum - 256 * countHighBytes(block);
}

function countHighBytes(block: Buffer): number {
  let high = 0;
  for (let i = 0; i < BLOCK; i++) if (block[i]! > 127 && (i < CHECKSUM || i > 155)) high++;
  return high;
}
