import type { ContentStore } from "#content";
import { kindOf } from "#errors";
import type { DiffId, Digest } from "#oci";
import type { LeaseHold, State } from "#state";
import { readConfig, readManifest } from "./read-image.ts";

/** What the blobs of images say that these images need. Blobs never change, so this stays true. */
export interface Holdings {
  /** The layers of a config, lowest first. */
  readonly layers: Map<Digest, readonly DiffId[]>;
  /** The config and layer blobs of a manifest. */
  readonly blobs: Map<Digest, readonly Digest[]>;
}

/** What the store's records say that must stay. */
export interface Roots {
  readonly configs: readonly Digest[];
  readonly manifests: readonly Digest[];
  readonly holds: readonly LeaseHold[];
}

/** The images of the store, of containers and of leases. */
export function readRoots(state: State): Roots {
  const images = state.images.list();
  const holds = state.leases.held();
  const held = holds.filter((hold) => hold.resource === "image").map((hold) => hold.key as Digest);
  const used = state.containers.list().flatMap(({ image }) => image ?? []);
  const mounted = state.images.uses().map(({ image }) => image);
  return {
    configs: [...new Set([...images.map(({ id }) => id), ...held, ...used, ...mounted])],
    manifests: images.map(({ manifest }) => manifest),
    holds,
  };
}

/** Reads what is not known yet. */
export async function learn(
  content: ContentStore,
  holdings: Holdings,
  roots: Roots,
): Promise<void> {
  await Promise.all([
    ...roots.configs
      .filter((digest) => !holdings.layers.has(digest))
      .map(async (digest) => holdings.layers.set(digest, await layersOf(content, digest))),
    ...roots.manifests
      .filter((digest) => !holdings.blobs.has(digest))
      .map(async (digest) => holdings.blobs.set(digest, await blobsOf(content, digest))),
  ]);
}

/** Whether all that the roots name has been read. */
export function isLearned(holdings: Holdings, roots: Roots): boolean {
  return (
    roots.configs.every((digest) => holdings.layers.has(digest)) &&
    roots.manifests.every((digest) => holdings.blobs.has(digest))
  );
}

/** The layers of a config, lowest first; none when it is missing or damaged. */
export function layersOf(content: ContentStore, config: Digest): Promise<readonly DiffId[]> {
  return orNothing(async () => (await readConfig(content, config)).rootfs.diff_ids);
}

function blobsOf(content: ContentStore, manifest: Digest): Promise<readonly Digest[]> {
  return orNothing(async () => {
    const { config, layers } = await readManifest(content, manifest);
    return [config.digest, ...layers.map((layer) => layer.digest)];
  });
}

// An image whose blob is gone or damaged must not keep garbage from being collected; anything
// else, such as too many open files, says nothing about the blob.
async function orNothing<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read();
  } catch (error) {
    if (["not-found", "data-loss", "invalid-argument"].includes(kindOf(error))) return [];
    throw error;
  }
}
