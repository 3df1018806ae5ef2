const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
// With the u flag a surrogate that is half of a character is not one of these.
const ESCAPED = /[\uDC80-\uDCFF]/u;

/**
 * The text of a file name, which on Linux is any bytes. What is not UTF-8 is kept byte for byte
 * as the lone surrogates U+DC80 to U+DCFF (PEP 383), so that the text turns back into the same
 * bytes and works as a map key.
 */
export function decodePath(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

/** The bytes of a path made by {@link decodePath}. */
export function encodePath(path: string): Uint8Array {
  if (!ESCAPED.test(path)) return encoder.encode(path);
  const parts = path.split(/([\uDC80-\uDCFF]+)/u).map(encodePart);
  return Buffer.concat(parts);
}

/** The path in the form `node:fs` takes: text where that is exact, else the bytes. */
export function systemPath(path: string): string | Buffer {
  return ESCAPED.test(path) ? Buffer.from(encodePath(path)) : path;
}

function encodePart(part: string): Uint8Array {
  if (!ESCAPED.test(part)) return encoder.encode(part);
  return Uint8Array.from(part, (unit) => unit.charCodeAt(0) - 0xdc00);
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text += length === 0 ? escapeByte(bytes[at]!) : decoder.decode(bytes.subarray(at, at + length));
    at += length || 1;
  }
  return text;
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      decoder.decode(bytes.subarray(at, at + length));
      return length;
    } catch {}
  }
  return 0;
}

function escapeByte(byte: number): string {
  return String.fromCharCode(0xdc00 + byte);
}
