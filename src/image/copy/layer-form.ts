import { type Compression, compressionLevels, type LayerCompression } from "#bytes";
import { fail } from "#errors";
import { mediaTypes } from "#oci";
import type { ManifestFormat } from "./rewrite-manifest.ts";

/** The form that layers and manifests are sent in; what is not said stays as it is. */
export interface ImageForm {
  /** Layers in another form are changed; without it only uncompressed ones are, to gzip. */
  readonly compression?: LayerCompression | "none";
  /** Without `compression`, uncompressed layers stay so too: somebody knows their digests. */
  readonly keepsDigests?: boolean;
  /** For the layers that are compressed here. */
  readonly level?: number;
  readonly format?: ManifestFormat;
}

const TYPES: Readonly<Record<string, Compression>> = {
  [mediaTypes.ociLayer]: "none",
  [mediaTypes.ociLayerGzip]: "gzip",
  [mediaTypes.ociLayerZstd]: "zstd",
  [mediaTypes.dockerLayer]: "none",
  [mediaTypes.dockerLayerGzip]: "gzip",
};

const OCI_TYPES = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
} as const;

/** What the layer's type says it is compressed with; undefined for what is no image layer. */
export function compressionOf(mediaType: string): Compression | undefined {
  return TYPES[mediaType];
}

/** The OCI type of a layer; manifests in Docker's format get Docker's. */
export function layerTypeOf(compression: LayerCompression | "none"): string {
  return OCI_TYPES[compression];
}

/** What a layer of this type is to be turned into; undefined when it goes as it is. */
export function changeFor(
  mediaType: string,
  { compression, keepsDigests = false, format }: ImageForm,
): LayerCompression | "none" | undefined {
  const now = compressionOf(mediaType);
  if (now === undefined) return undefined;
  const isUnfit = (now === "none" && !keepsDigests) || (format === "docker" && now === "zstd");
  const wanted = compression ?? (isUnfit ? "gzip" : now);
  return wanted === now ? undefined : (wanted as LayerCompression | "none");
}

/** Fails with `invalid-argument` for a form that no image can have. */
export function checkForm({ compression, level, format }: ImageForm): void {
  if (format === "docker" && compression === "zstd")
    fail(
      "invalid-argument",
      "Docker's image format has no zstd layers: leave out --format docker, or compress with gzip",
    );
  if (level === undefined) return;
  if (compression === "none")
    fail("invalid-argument", "a compression level needs a compression: gzip or zstd");
  const { least, most } = compressionLevels[compression ?? "gzip"];
  if (!Number.isInteger(level) || level < least || level > most)
    fail(
      "invalid-argument",
      `invalid compression level ${level}: ${compression ?? "gzip"} has ${least} to ${most}`,
    );
}
