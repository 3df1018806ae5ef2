/** The compressions that images and build contexts come in, told apart by content. */
export type Compression = "none" | "gzip" | "zstd" | "xz" | "bzip2";

/** How many first bytes {@link sniffCompression} needs to be sure. */
export const SNIFF_LENGTH = 10;

const SIGNATURES: readonly { compression: Compression; hex: RegExp }[] = [
  { compression: "gzip", hex: /^1f8b08/ },
  { compression: "zstd", hex: /^(28b52ffd|5[0-9a-f]2a4d18)/ },
  { compression: "xz", hex: /^fd377a585a00/ },
  { compression: "bzip2", hex: /^425a683[1-9](314159265359|177245385090)/ },
];

/**
 * The compression whose signature `first` starts with: RFC 1952, RFC 8878 (a frame or a skippable
 * frame), the xz format's stream header, bzip2's header with its first block's (or its end's) magic.
 */
export function sniffCompression(first: Uint8Array): Compression {
  const hex = Buffer.from(first.subarray(0, SNIFF_LENGTH)).toString("hex");
  return SIGNATURES.find((signature) => signature.hex.test(hex))?.compression ?? "none";
}
