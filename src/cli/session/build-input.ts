import { type Bytes, collect, peek, sniffCompression } from "#bytes";
import { fail } from "#errors";

/** What stands on the standard input of a build. */
export type BuildInput =
  | { readonly kind: "tar"; readonly bytes: Bytes }
  | { readonly kind: "text"; readonly text: string };

const BLOCK = 512;
const MAGIC_AT = 257;
/** A Dockerfile larger than this is none. */
const MOST_TEXT = 2 * 1024 * 1024;

/**
 * A build context (a tar archive, plain or compressed) or the text of a Dockerfile, told apart by
 * the first bytes. Fails with `invalid-argument` when there is nothing.
 */
export async function readStandardInput(
  input: Bytes = Bun.stdin.stream() as unknown as Bytes,
): Promise<BuildInput> {
  const { first, bytes } = await peek(input, BLOCK);
  if (first.length === 0)
    fail("invalid-argument", "standard input is empty: give a Dockerfile or a tar archive on it");
  if (sniffCompression(first) !== "none" || isTar(first)) return { kind: "tar", bytes };
  return { kind: "text", text: new TextDecoder().decode(await collect(bytes, MOST_TEXT)) };
}

/** A tar block has the magic, or (before POSIX) at least a zero byte that no text has. */
function isTar(first: Uint8Array): boolean {
  if (first.length < BLOCK) return false;
  const magic = new TextDecoder().decode(first.subarray(MAGIC_AT, MAGIC_AT + 5));
  return magic === "ustar" || first.includes(0);
}
