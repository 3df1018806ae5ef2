import { type Bytes, type Chunk, chunksOf } from "#bytes";
import { fail } from "#errors";
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  hexOf,
  type ImageConfig,
  type Manifest,
  mediaTypes,
  type Platform,
  parseReference,
} from "#oci";
import type { ImageRow, Lease } from "#state";
import { encodeHeader, endOfArchive, padding } from "#tar";
import { canonicalJson } from "../canonical-json.ts";
import { noteImage } from "../events.ts";
import type { ImageStore } from "../image-store.ts";
import { readConfig, readManifest } from "../read-image.ts";
import { familiar } from "../resolve.ts";
import { annotations } from "./annotations.ts";
import { ENTRY_ATTRIBUTES } from "./entry-attributes.ts";
import { selectImages } from "./select-images.ts";

/** An image on its way out. */
interface Saved {
  readonly id: Digest;
  readonly manifestDigest: Digest;
  readonly manifestSize: number;
  readonly manifest: Manifest;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>> | null | undefined;
  readonly names: readonly string[];
}

const LAYOUT = { imageLayoutVersion: "1.0.0" };

/**
 * A tar of images: an OCI image layout (image-layout.md) whose index names them as containerd
 * does, and the manifest.json of `docker save` that points at the same blobs. Blobs go out as
 * they are stored, each once; the same images give the same bytes.
 */
export async function saveImages(
  store: ImageStore,
  wanted: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<Bytes> {
  const lease = store.state.leases.open("save");
  try {
    const saved: Saved[] = [];
    for (const { row, names } of holdImages(store, wanted, lease))
      saved.push(await readImage(store, row, names));
    holdBlobs(store, saved, lease);
    return archive(store, saved, lease, options);
  } catch (error) {
    lease[Symbol.dispose]();
    throw error;
  }
}

/** Chosen and held at once: whoever removes one of them comes before it or leaves it whole. */
function holdImages({ state }: ImageStore, wanted: readonly string[], lease: Lease) {
  const choose = () =>
    Array.from(selectImages(state, wanted), ([id, names]) => {
      const row = state.images.get(id) ?? failGone(id, [...names]);
      lease.hold("image", id);
      lease.hold("blob", row.manifest);
      return { row, names: [...names] };
    });
  return state.transaction(choose, { durable: false });
}

/**
 * Holding an image keeps some form of its layers, and this the one that its manifest names. Fails
 * with `not-found` when image and form have gone meanwhile.
 */
function holdBlobs({ content, state }: ImageStore, images: readonly Saved[], lease: Lease): void {
  const hold = () => {
    for (const { id, names, manifest } of images) {
      const digests = blobsOf(manifest).map(({ digest }) => digest);
      lease.hold("blob", ...digests);
      const isWhole = digests.every((digest) => content.stat(digest) !== undefined);
      if (!isWhole && !state.images.get(id)) failGone(id, names);
    }
  };
  state.transaction(hold, { durable: false });
}

function failGone(id: Digest, [name]: readonly string[]): never {
  return fail("not-found", `No such image: ${name === undefined ? id : familiar(name)}`);
}

async function readImage(
  store: ImageStore,
  { id, manifest: manifestDigest }: ImageRow,
  names: readonly string[],
): Promise<Saved> {
  const manifest = await readManifest(store.content, manifestDigest);
  const manifestSize = store.content.stat(manifestDigest)!.size;
  const config = await readConfig(store.content, id);
  const [platform, labels] = [platformOf(config), config.config?.Labels];
  return { id, manifestDigest, manifestSize, manifest, platform, labels, names };
}

function platformOf({ architecture, os, variant }: ImageConfig): Platform {
  return { architecture, os, ...(variant && { variant }) };
}

async function* archive(
  store: ImageStore,
  images: readonly Saved[],
  lease: Disposable,
  { signal }: { signal?: AbortSignal },
): AsyncGenerator<Chunk> {
  using _ = lease;
  yield* jsonEntry("oci-layout", LAYOUT);
  yield* jsonEntry("index.json", indexOf(images));
  yield* jsonEntry("manifest.json", images.map(dockerManifestOf));
  yield* directories(images);
  for (const { digest, size } of uniqueBlobs(images)) {
    const bytes = store.content.open(digest, signal ? { signal } : {});
    yield* entry(blobPath(digest), size, bytes);
  }
  yield endOfArchive();
  for (const image of images) noteImage(store.state, image, "save");
}

function indexOf(images: readonly Saved[]) {
  const manifests = images.flatMap((image) =>
    image.names.length === 0 ? [descriptorOf(image)] : image.names.map((n) => named(image, n)),
  );
  return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
}

function descriptorOf({ manifest, manifestDigest, manifestSize, platform }: Saved): Descriptor {
  const mediaType = manifest.mediaType ?? mediaTypes.ociManifest;
  return { mediaType, digest: manifestDigest, size: manifestSize, platform };
}

function named(image: Saved, name: string): Descriptor {
  const { tag = "latest" } = parseReference(name);
  const given = { [annotations.imageName]: name, [annotations.refName]: tag };
  return { ...descriptorOf(image), annotations: given };
}

function dockerManifestOf({ manifest, names }: Saved) {
  return {
    Config: blobPath(manifest.config.digest),
    RepoTags: names.map(familiar),
    Layers: manifest.layers.map(({ digest }) => blobPath(digest)),
  };
}

function uniqueBlobs(images: readonly Saved[]): Iterable<{ digest: Digest; size: number }> {
  const blobs = new Map<Digest, { digest: Digest; size: number }>();
  for (const { manifest, manifestDigest, manifestSize } of images)
    for (const blob of [{ digest: manifestDigest, size: manifestSize }, ...blobsOf(manifest)])
      blobs.set(blob.digest, blob);
  return blobs.values();
}

function blobsOf(manifest: Manifest): readonly Descriptor[] {
  return [manifest.config, ...manifest.layers];
}

function blobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

function* directories(images: readonly Saved[]): Generator<Chunk> {
  const algorithms = new Set(Array.from(uniqueBlobs(images), ({ digest }) => algorithmOf(digest)));
  for (const path of ["blobs", ...[...algorithms].map((name) => `blobs/${name}`)])
    yield encodeHeader({ ...ENTRY_ATTRIBUTES, path, type: "directory", mode: 0o755, size: 0 });
}

function jsonEntry(path: string, value: unknown): AsyncGenerator<Chunk> {
  const bytes = canonicalJson(value);
  return entry(path, bytes.length, chunksOf(bytes));
}

async function* entry(path: string, size: number, bytes: Bytes): AsyncGenerator<Chunk> {
  yield encodeHeader({ ...ENTRY_ATTRIBUTES, path, size });
  yield* bytes;
  if (padding(size) > 0) yield new Uint8Array(padding(size));
}
