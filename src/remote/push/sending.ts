import type { Bytes, Chunk } from "#bytes";
import { fail } from "#errors";
import { PassingFault } from "../passing-fault.ts";
import type { Upload } from "./upload-blob.ts";

/** A source's bytes from where the upload stands; fails when they are not as many as it said. */
export async function* restOf({ source, target, at }: Upload): AsyncGenerator<Chunk> {
  const { size } = source;
  const name = target.context.name;
  if (size !== undefined && at > size)
    fail("data-loss", `${name}: the registry has ${at} bytes of a blob of ${size}`);
  let end = at;
  for await (const chunk of source.open(at)) {
    end += chunk.length;
    if (size !== undefined && end > size) wrongSize(name, size, "more");
    yield chunk;
  }
  if (size !== undefined && end < size) wrongSize(name, size, "less");
}

/** The same bytes, each told to `upload.progress`. */
export async function* counted(
  bytes: Bytes,
  upload: Upload,
  sent: { bytes: number },
): AsyncGenerator<Chunk> {
  for await (const chunk of bytes) {
    upload.furthest = Math.max(upload.furthest, upload.at + sent.bytes + chunk.length);
    yield chunk;
    sent.bytes += chunk.length;
    upload.progress(upload.at + sent.bytes);
  }
}

/** Takes in how much the registry says it has once all up to `sent` went out. */
export function settle(upload: Upload, sent: number, has: number | undefined): void {
  const { name } = upload.target.context;
  if (has !== undefined && has > sent)
    fail("data-loss", `${name}: the registry has ${has} bytes where ${sent} were sent`);
  if (has !== undefined && has < sent)
    throw new PassingFault("data-loss", `${name}: the registry took ${has} of ${sent} bytes`);
  upload.at = sent;
}

function wrongSize(name: string, size: number, what: string): never {
  return fail("data-loss", `${name}: a blob to be pushed has ${what} than its ${size} bytes`);
}
