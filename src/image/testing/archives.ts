import { type Digest, digestOf, hexOf, mediaTypes, type Platform } from "#oci";
import { canonicalJson } from "../canonical-json.ts";
import { type TarFile, tarOf } from "./tar.ts";

type Layer = readonly TarFile[];

const CREATED = "2024-05-01T10:00:00Z";

function configOf(layers: readonly Layer[], platform: Platform): Uint8Array {
  const diff_ids = layers.map((layer) => digestOf(tarOf(layer)));
  return canonicalJson({ ...platform, created: CREATED, rootfs: { type: "layers", diff_ids } });
}

const AMD64 = { architecture: "amd64", os: "linux" };

/** An archive as docker wrote it before version 25, its manifest.json at the end. */
export function dockerArchive(options: {
  layers: readonly Layer[];
  tags: readonly string[];
  /** The layers as they stand in the archive. */
  packed?: readonly Uint8Array[];
  extra?: readonly TarFile[];
  /** Changes the entries, to make a bad archive. */
  spoil?: (files: TarFile[]) => TarFile[];
}): { bytes: Uint8Array; id: Digest } {
  const { layers, tags, extra = [], spoil = (files) => files } = options;
  const packed = options.packed ?? layers.map(tarOf);
  const config = configOf(layers, AMD64);
  const id = digestOf(config);
  const shared = packed.flatMap((content, index): TarFile[] => [
    { path: `${index}`, type: "directory", mode: 0o755 },
    { path: `${index}/VERSION`, content: "1.0" },
    { path: `${index}/json`, content: "{}" },
    // The first is a link, as where an image shares a layer with one before it in the archive.
    index === 0
      ? { path: "0/layer.tar", type: "symlink", linkPath: "../shared/layer.tar" }
      : { path: `${index}/layer.tar`, content },
  ]);
  const manifest = {
    Config: `${hexOf(id)}.json`,
    RepoTags: tags,
    Layers: packed.map((_, index) => `${index}/layer.tar`),
  };
  const files: TarFile[] = [
    ...shared,
    { path: "shared/layer.tar", content: packed[0] ?? "" },
    { path: manifest.Config, content: config },
    ...extra,
    { path: "manifest.json", content: canonicalJson([manifest]) },
  ];
  return { bytes: tarOf(spoil(files)), id };
}

interface LayoutImage {
  readonly layers: readonly Layer[];
  readonly platform?: Platform;
}

/** An OCI image layout as a tar: images listed one by one, or as one index of platforms. */
export function layout(options: {
  images?: readonly LayoutImage[];
  index?: readonly LayoutImage[];
  name?: string;
  annotations?: Readonly<Record<string, string>>;
  spoil?: (files: TarFile[]) => TarFile[];
}): { bytes: Uint8Array; ids: Digest[] } {
  const { spoil = (files) => files, annotations = {} } = options;
  const blobs = new Map<Digest, Uint8Array>();
  const put = (bytes: Uint8Array, mediaType: string) => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const ids: Digest[] = [];
  const described = (options.index ?? options.images ?? []).map(({ layers, platform }) => {
    const config = put(configOf(layers, platform ?? AMD64), mediaTypes.ociConfig);
    ids.push(config.digest);
    const stored = layers.map((layer) => put(tarOf(layer), mediaTypes.ociLayer));
    const manifest = { schemaVersion: 2, config, layers: stored };
    return {
      ...put(canonicalJson(manifest), mediaTypes.ociManifest),
      ...(platform && { platform }),
    };
  });
  const named = {
    ...annotations,
    ...(options.name && { "io.containerd.image.name": options.name }),
  };
  const nested = () =>
    put(canonicalJson({ schemaVersion: 2, manifests: described }), mediaTypes.ociIndex);
  const listed = options.index ? [nested()] : described;
  const index = {
    schemaVersion: 2,
    manifests: listed.map((descriptor) => ({ ...descriptor, annotations: named })),
  };
  const files: TarFile[] = [
    ...Array.from(blobs, ([digest, content]) => ({
      path: `blobs/sha256/${hexOf(digest)}`,
      content,
    })),
    { path: "index.json", content: canonicalJson(index) },
    { path: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
  ];
  return { bytes: tarOf(spoil(files)), ids };
}
