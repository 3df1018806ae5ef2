import { fail } from "#errors";

/** Watches the frames of a zstd stream go by. */
export interface ZstdFraming {
  push(chunk: Uint8Array): void;
  /** Fails with `data-loss` when the stream stopped inside a frame. */
  end(): void;
}

/** What to do next: let `skip` bytes pass, then hand `take` bytes to `next`. */
interface Step {
  readonly skip: number;
  readonly take: number;
  readonly next: (bytes: Buffer) => Step;
}

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a5;
const BLOCK_TYPE = { rle: 1, reserved: 3 } as const;

/**
 * Follows the frame and block headers of a zstd stream (RFC 8878, section 3.1). The decoder
 * itself takes a cut stream for a complete one and ignores what follows the last frame.
 */
export function createZstdFraming(): ZstdFraming {
  let step = frameAfter(0);
  let taken: Uint8Array = new Uint8Array();

  function advance(chunk: Uint8Array): number {
    const skipped = Math.min(step.skip, chunk.length);
    const part = chunk.subarray(skipped, skipped + step.take - taken.length);
    step = { ...step, skip: step.skip - skipped };
    taken = Buffer.concat([taken, part]);
    if (taken.length === step.take) {
      step = step.next(Buffer.from(taken));
      taken = new Uint8Array();
    }
    return skipped + part.length;
  }

  return {
    push(chunk) {
      for (let at = 0; at < chunk.length; ) at += advance(chunk.subarray(at));
    },
    end() {
      const betweenFrames = step.next === frameMagic && step.skip === 0 && taken.length === 0;
      if (!betweenFrames) fail("data-loss", "damaged zstd data: unexpected end of file");
    },
  };
}

function frameAfter(skip: number): Step {
  return { skip, take: 4, next: frameMagic };
}

function frameMagic(bytes: Buffer): Step {
  const magic = bytes.readUInt32LE();
  if (magic === FRAME_MAGIC) return { skip: 0, take: 1, next: frameHeader };
  if (magic >>> 4 !== SKIPPABLE_MAGIC)
    fail("data-loss", "damaged zstd data: something else follows the last frame");
  const skipFrame = (size: Buffer): Step => frameAfter(size.readUInt32LE());
  return { skip: 0, take: 4, next: skipFrame };
}

function frameHeader(bytes: Buffer): Step {
  const descriptor = bytes[0]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3]!;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const checksum = (descriptor & 4) === 0 ? 0 : 4;
  return block((singleSegment ? 0 : 1) + dictionary + contentSize, checksum);
}

function block(skip: number, checksum: number): Step {
  return { skip, take: 3, next: (header) => blockBody(header.readUIntLE(0, 3), checksum) };
}

function blockBody(header: number, checksum: number): Step {
  const type = (header >> 1) & 3;
  if (type === BLOCK_TYPE.reserved) fail("data-loss", "damaged zstd data: unknown block type");
  const size = type === BLOCK_TYPE.rle ? 1 : header >> 3;
  return header & 1 ? frameAfter(size + checksum) : block(size, checksum);
}
