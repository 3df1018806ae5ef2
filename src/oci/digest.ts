import { fail } from "#errors";

declare const brand: unique symbol;

/** `algorithm:hex` of some bytes (OCI image spec, descriptor.md#digests). */
export type Digest = string & { readonly [brand]: "digest" };

/** The digest of a layer's uncompressed tar: the layer's identity. */
export type DiffId = Digest & { readonly diffId: true };

/** The identity of a stack of layers (OCI image spec, config.md#layer-chainid). */
export type ChainId = Digest & { readonly chainId: true };

const HEX_LENGTH: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** The digest that `text` spells; fails with `invalid-argument` when it is none we can verify. */
export function parseDigest(text: string): Digest {
  return isDigest(text)
    ? text
    : fail("invalid-argument", `invalid digest: ${JSON.stringify(text)}`);
}

/** Whether `text` is a digest of a known algorithm with the right number of lower-case hex digits. */
export function isDigest(text: unknown): text is Digest {
  if (typeof text !== "string") return false;
  const colon = text.indexOf(":");
  const length = HEX_LENGTH[text.slice(0, colon)];
  return length === text.length - colon - 1 && /^[0-9a-f]+$/.test(text.slice(colon + 1));
}

/** The algorithm's name, such as `sha256`. */
export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(":"));
}

/** The hex digits after the colon. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The sha256 digest of bytes or of text in UTF-8. */
export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${new Bun.CryptoHasher("sha256").update(content).digest("hex")}` as Digest;
}

/** The chain of the layers so far and one more: `ChainID(L0|…|Ln)`. */
export function chainOf(parent: ChainId | undefined, layer: DiffId): ChainId {
  return (parent === undefined ? layer : digestOf(`${parent} ${layer}`)) as ChainId;
}

/** The chain of every prefix of `layers`, lowest first; the last one names the whole stack. */
export function chainsOf(layers: readonly DiffId[]): ChainId[] {
  const chains: ChainId[] = [];
  for (const layer of layers) chains.push(chainOf(chains.at(-1), layer));
  return chains;
}
