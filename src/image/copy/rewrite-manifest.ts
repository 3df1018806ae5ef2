import { type Descriptor, type Index, type Manifest, mediaTypes } from "#oci";
import { canonicalJson } from "../canonical-json.ts";

/** OCI image manifests, or Docker's image manifest version 2, schema 2. */
export type ManifestFormat = "oci" | "docker";

/** The same thing in both formats. Docker has no type for zstd. */
const PAIRS: readonly (readonly [oci: string, docker: string])[] = [
  [mediaTypes.ociIndex, mediaTypes.dockerIndex],
  [mediaTypes.ociManifest, mediaTypes.dockerManifest],
  [mediaTypes.ociConfig, mediaTypes.dockerConfig],
  [mediaTypes.ociLayer, mediaTypes.dockerLayer],
  [mediaTypes.ociLayerGzip, mediaTypes.dockerLayerGzip],
];

/** The type that means the same in a format; one that has no counterpart stays. */
export function typeIn(format: ManifestFormat, mediaType: string): string {
  const pair = PAIRS.find((both) => both.includes(mediaType));
  return pair ? pair[format === "oci" ? 0 : 1] : mediaType;
}

export function formatOf(mediaType: string): ManifestFormat {
  return PAIRS.some(([, docker]) => docker === mediaType) ? "docker" : "oci";
}

/** A manifest that names other blobs: the bytes as they were when all is the same. */
export function rewriteManifest(
  bytes: Uint8Array,
  { manifest, mediaType }: { manifest: Manifest; mediaType: string },
  change: {
    config: Descriptor;
    layers: readonly Descriptor[];
    format: ManifestFormat;
    /** Somebody asked for the format: types of the other one in it do not stay. */
    isAsked: boolean;
  },
): { bytes: Uint8Array; mediaType: string } {
  const { format, isAsked } = change;
  const given = [manifest.config, ...manifest.layers];
  if (!isAsked && isSame(given, [change.config, ...change.layers])) return { bytes, mediaType };
  const type = typeIn(format, mediaType);
  const [config, ...layers] = [change.config, ...change.layers].map((each) =>
    inFormat(each, format),
  );
  if (type === mediaType && isSame(given, [config!, ...layers])) return { bytes, mediaType };
  // Docker's form has nothing else.
  const kept = format === "oci" ? manifest : { schemaVersion: 2 };
  return { bytes: canonicalJson({ ...kept, mediaType: type, config, layers }), mediaType: type };
}

/** An index that names other manifests: the bytes as they were when all is the same. */
export function rewriteIndex(
  bytes: Uint8Array,
  { index, mediaType }: { index: Index; mediaType: string },
  manifests: readonly Descriptor[],
  format: ManifestFormat,
): { bytes: Uint8Array; mediaType: string } {
  const type = typeIn(format, mediaType);
  if (type === mediaType && isSame(index.manifests, manifests)) return { bytes, mediaType };
  const kept = format === "oci" ? index : { schemaVersion: 2 };
  return { bytes: canonicalJson({ ...kept, mediaType: type, manifests }), mediaType: type };
}

function inFormat(descriptor: Descriptor, format: ManifestFormat): Descriptor {
  return { ...descriptor, mediaType: typeIn(format, descriptor.mediaType) };
}

function isSame(before: readonly Descriptor[], after: readonly Descriptor[]): boolean {
  return before.every(
    ({ digest, mediaType }, at) =>
      digest === after[at]?.digest && mediaType === after[at]?.mediaType,
  );
}
