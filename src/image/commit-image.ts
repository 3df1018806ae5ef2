import { fail } from "#errors";
import {
  type Descriptor,
  type DiffId,
  type Digest,
  type ImageConfig,
  type Manifest,
  mediaTypes,
} from "#oci";
import type { ImageRow, LayerRow, Lease } from "#state";
import { canonicalJson } from "./canonical-json.ts";
import { noteImage } from "./events.ts";
import type { ImageStore } from "./image-store.ts";
import { familiar } from "./resolve.ts";
import { writeBlob } from "./write-blob.ts";

/** An image to be made from layers that are in the store. */
export interface NewImage {
  readonly config: ImageConfig;
  /** The config's exact bytes, where an image from elsewhere keeps its ID. */
  readonly configBytes?: Uint8Array;
  /** The exact bytes of a manifest from elsewhere; made from the stored layers when absent. */
  readonly manifestBytes?: Uint8Array;
  /** Canonical names it gets. */
  readonly names?: readonly string[];
}

/** An image that is in the store now, and which images lost a name to it. */
export interface CommittedImage {
  readonly id: Digest;
  readonly renamed: readonly { readonly name: string; readonly old: Digest }[];
}

/** An image whose blobs are stored and held, and which nobody sees yet. */
export interface PreparedImage {
  readonly row: ImageRow;
  readonly names: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Makes an image of layers that are in the store: its config and manifest as blobs, then its
 * row and names in one transaction. An image that is here already only gets the names. The same
 * config and layers give the same ID and manifest. Fails with `not-found` when a layer is missing.
 */
export async function commitImage(
  store: ImageStore,
  image: NewImage,
  lease: Lease,
): Promise<CommittedImage> {
  const prepared = await prepareImage(store, image, lease);
  return store.state.transaction(() => {
    const [committed] = recordImages(store, [prepared]);
    const subject = { id: prepared.row.id, labels: prepared.labels };
    for (const name of prepared.names) noteImage(store.state, subject, "tag", familiar(name));
    return committed!;
  });
}

/** The first half of {@link commitImage}, for those who make several images visible at once. */
export async function prepareImage(
  store: ImageStore,
  { config, configBytes, manifestBytes, names = [] }: NewImage,
  lease: Lease,
): Promise<PreparedImage> {
  const layers = heldLayers(store, config.rootfs.diff_ids, lease);
  const written = await writeBlob(store.content, configBytes ?? canonicalJson(config), lease);
  const manifest = manifestBytes ?? canonicalJson(manifestOf(written, layers));
  const row: ImageRow = {
    id: written.digest,
    manifest: (await writeBlob(store.content, manifest, lease)).digest,
    created: createdOf(config),
    size: layers.reduce((sum, layer) => sum + layer.size, 0),
    added: Date.now(),
  };
  return { row, names, labels: config.config?.Labels ?? {} };
}

/** The second half: all of the images and names, or none. */
export function recordImages(
  store: ImageStore,
  images: readonly PreparedImage[],
): CommittedImage[] {
  return store.state.transaction(() => images.map((image) => record(store, image)));
}

/** The stored form of each layer, held by the lease from before it is looked for. */
export function heldLayers(
  store: ImageStore,
  diffIds: readonly DiffId[],
  lease: Lease,
): LayerRow[] {
  lease.hold("layer", ...diffIds);
  return diffIds.map((diffId) => findLayer(store, diffId));
}

/** A stored form of a layer, uncompressed if there is one; fails with `not-found`. */
export function findLayer({ content, state }: ImageStore, diffId: DiffId): LayerRow {
  const stored = state.layers.of(diffId).filter((row) => content.stat(row.blob) !== undefined);
  const plain = stored.find((row) => row.blob === (row.diffId as Digest));
  return (
    plain ??
    stored[0] ??
    fail("not-found", `layer ${diffId} is not in the store; load or build its image again`)
  );
}

function record({ content, state }: ImageStore, { row, names }: PreparedImage): CommittedImage {
  const known = state.images.get(row.id);
  const isWhole = known !== undefined && content.stat(known.manifest) !== undefined;
  if (!isWhole) state.images.put(row);
  const renamed = names.flatMap((name) => {
    const old = state.names.set(name, row.id);
    return old === undefined || old === row.id ? [] : [{ name, old }];
  });
  return { id: row.id, renamed };
}

function createdOf(config: ImageConfig): number {
  return config.created === undefined ? 0 : Date.parse(config.created) || 0;
}

function manifestOf(config: { digest: Digest; size: number }, layers: LayerRow[]): Manifest {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: config.digest, size: config.size },
    layers: layers.map(descriptorOf),
  };
}

function descriptorOf({ mediaType, blob, blobSize }: LayerRow): Descriptor {
  return { mediaType, digest: blob, size: blobSize };
}
