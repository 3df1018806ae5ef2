import { type Bytes, type Chunk, sniffCompression } from "#bytes";
import { fail } from "#errors";
import {
  type Descriptor,
  type Digest,
  digestOf,
  formatReference,
  mediaTypes,
  parseReference,
  parseTaggedReference,
} from "#oci";
import { canonicalJson } from "../canonical-json.ts";
import { parseConfig, parseJson } from "../parse-image.ts";
import type { GraphSource } from "./graph.ts";
import { type LayoutFiles, readSmall } from "./layout-blobs.ts";
import { verifiedBlob } from "./verified-blob.ts";

/** An image in an archive of `docker save` (moby image-spec v1.2). */
interface Listed {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

const LAYER_TYPES: Readonly<Record<string, string>> = {
  none: mediaTypes.dockerLayer,
  gzip: mediaTypes.dockerLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
};

/** An image of such an archive, which has no manifest, as if it had one. */
export async function dockerArchiveSource(
  files: LayoutFiles,
  reference: string | undefined,
): Promise<{ source: GraphSource; root: Descriptor }> {
  const listed = findImage(await readList(files), reference, files.path);
  const config = await readSmall(files, listed.Config);
  const { diff_ids } = parseConfig(config, `${files.path}: ${listed.Config}`).rootfs;
  if (diff_ids.length !== listed.Layers.length)
    fail(
      "data-loss",
      `${files.path} lists ${listed.Layers.length} layers for a config with ${diff_ids.length}`,
    );
  const paths = new Map<Digest, string>();
  const layers: Descriptor[] = [];
  for (const [index, path] of listed.Layers.entries()) {
    const layer = await describeLayer(files, path, diff_ids[index]!);
    paths.set(layer.digest, path);
    layers.push(layer);
  }
  const described = describe(config, mediaTypes.dockerConfig);
  paths.set(described.digest, listed.Config);
  const manifest = canonicalJson({
    ...{ schemaVersion: 2, mediaType: mediaTypes.dockerManifest },
    ...{ config: described, layers },
  });
  const source: GraphSource = {
    manifest: async () => manifest,
    blob: (descriptor) =>
      verifiedBlob(descriptor, (offset) => files.open(paths.get(descriptor.digest)!, offset)),
  };
  return { source, root: describe(manifest, mediaTypes.dockerManifest) };
}

async function readList(files: LayoutFiles): Promise<Listed[]> {
  const list = parseJson(await readSmall(files, "manifest.json"), `${files.path}: manifest.json`);
  if (Array.isArray(list) && list.every(isListed)) return list;
  return fail("invalid-argument", `${files.path}: manifest.json is not what docker save writes`);
}

function isListed(value: unknown): value is Listed {
  const { Config, RepoTags, Layers } = (value ?? {}) as Partial<Listed>;
  const isTexts = (list: unknown) =>
    Array.isArray(list) && list.every((one) => typeof one === "string");
  return typeof Config === "string" && (RepoTags == null || isTexts(RepoTags)) && isTexts(Layers);
}

function findImage(list: readonly Listed[], reference: string | undefined, where: string): Listed {
  const wanted = reference && formatReference(parseTaggedReference(reference));
  const names = ({ RepoTags }: Listed) => RepoTags ?? [];
  const found = list.filter(
    (one) => !wanted || names(one).some((name) => formatReference(parseReference(name)) === wanted),
  );
  if (found.length === 1) return found[0]!;
  const what = reference === undefined ? "one image" : `image ${JSON.stringify(reference)}`;
  const all = list.flatMap(names).slice(0, 20).join(", ");
  return fail("not-found", `${where} has not just ${what}; it has: ${all || "none with a name"}`);
}

async function describeLayer(
  files: LayoutFiles,
  path: string,
  diffId: Digest,
): Promise<Descriptor> {
  const size = files.size(path) ?? fail("not-found", `${files.path} has no ${path}`);
  const compression = sniffCompression(await firstOf(files.open(path, 0)));
  const mediaType = LAYER_TYPES[compression];
  if (!mediaType)
    fail("unsupported", `${files.path}: no manifest can name a layer in ${compression}`);
  if (compression === "none") return { mediaType, digest: diffId, size };
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of files.open(path, 0)) hash.update(chunk);
  return { mediaType, digest: `sha256:${hash.digest("hex")}` as Digest, size };
}

async function firstOf(bytes: Bytes): Promise<Chunk> {
  for await (const chunk of bytes) return chunk;
  return new Uint8Array();
}

function describe(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
