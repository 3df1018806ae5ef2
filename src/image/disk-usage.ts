import { chainsOf, type Digest } from "#oci";
import type { State } from "#state";
import { Attribution } from "./attribution.ts";
import { type Holdings, learn, readRoots } from "./holdings.ts";
import type {
  ContainerUsage,
  DiskUsage,
  ImageSummary,
  ImageUsage,
  UsageTotal,
  VolumeUsage,
} from "./image-service.ts";
import type { ImageStore } from "./image-store.ts";
import { listImages } from "./list.ts";
import { isShared } from "./prune-cache.ts";
import { isRunning } from "./remove.ts";
import { countBlocks, type StoreBlocks } from "./store-blocks.ts";

export interface UsageOptions {
  /** The store's directory; without one nothing takes any space. */
  readonly root?: string;
}

/**
 * Who takes the store's space. Each block counts once, for images before containers before the
 * build cache; the store's own, and what nobody needs any more, is under `records`.
 */
export async function diskUsage(store: ImageStore, options: UsageOptions): Promise<DiskUsage> {
  const { state } = store;
  const holdings: Holdings = { layers: new Map(), blobs: new Map() };
  await learn(store.content, holdings, readRoots(state));
  const blocks: StoreBlocks = options.root ? await countBlocks(options.root) : new Map();
  const owned = new Attribution(state, holdings, blocks);
  const images = sharedSizes(state, holdings, await listImages(store));
  const containers = state.containers
    .list()
    .map(({ record: _, ...row }): ContainerUsage => ({ ...row, size: owned.ofContainer(row.id) }));
  const volumes = volumesIn(state, blocks);
  return {
    images: imageTotal(state, owned),
    containers: containerTotal(owned, containers),
    volumes: volumeTotal(owned, volumes),
    ...cacheTotal(state, holdings, owned),
    records: { total: 0, active: 0, size: owned.total("records"), reclaimable: 0 },
    details: { images, containers, volumes, buildCache: cacheDetails(state, holdings) },
  };
}

function imageTotal(state: State, owned: Attribution): UsageTotal {
  const rows = state.images.list();
  const used = new Set(state.containers.list().map(({ image }) => image));
  const active = rows.filter(({ id }) => used.has(id));
  return {
    total: rows.length,
    active: active.length,
    size: owned.total("images"),
    reclaimable: owned.beyond(active),
  };
}

function containerTotal(owned: Attribution, containers: readonly ContainerUsage[]): UsageTotal {
  const running = containers.filter(isRunning);
  const size = owned.total("containers");
  const used = running.reduce((sum, container) => sum + container.size, 0);
  const reclaimable = size - used;
  return { total: containers.length, active: running.length, size, reclaimable };
}

function volumeTotal(owned: Attribution, volumes: readonly VolumeUsage[]): UsageTotal {
  const unused = volumes.filter(({ links }) => links === 0);
  return {
    total: volumes.length,
    active: volumes.length - unused.length,
    size: owned.total("volumes"),
    reclaimable: unused.reduce((sum, { size }) => sum + size, 0),
  };
}

function cacheTotal(
  state: State,
  holdings: Holdings,
  owned: Attribution,
): { buildCache: UsageTotal } {
  const records = cacheDetails(state, holdings);
  const active = records.filter(({ shared }) => shared).length;
  const size = owned.total("buildCache");
  return { buildCache: { total: records.length, active, size, reclaimable: size } };
}

function cacheDetails(state: State, holdings: Holdings) {
  const inImages = new Set(state.images.list().flatMap(({ id }) => holdings.layers.get(id) ?? []));
  return state.cache.list().map((row) => {
    const { key, description, size, created, used, uses } = row;
    return { key, description, size, created, used, uses, shared: isShared(row, inImages) };
  });
}

/** How many of each image's bytes are in layers that other images stand on too. */
function sharedSizes(
  state: State,
  holdings: Holdings,
  images: readonly ImageSummary[],
): ImageUsage[] {
  const chainsIn = (id: Digest) => chainsOf(holdings.layers.get(id) ?? []);
  const counts = new Map<string, number>();
  for (const { id } of images)
    for (const chain of chainsIn(id)) counts.set(chain, (counts.get(chain) ?? 0) + 1);
  return images.map((image) => {
    const layers = holdings.layers.get(image.id) ?? [];
    const chains = chainsIn(image.id);
    const shared = layers.filter((_, index) => counts.get(chains[index]!)! > 1);
    const sizes = shared.map((diffId) => state.layers.of(diffId)[0]?.size ?? 0);
    const sharedSize = sizes.reduce((sum, size) => sum + size, 0);
    return { ...image, sharedSize, uniqueSize: image.size - sharedSize };
  });
}

function volumesIn({ volumes }: State, blocks: StoreBlocks): VolumeUsage[] {
  return volumes.list().map(({ name }) => ({
    name,
    links: volumes.users(name).length,
    size: blocks.get(`volumes/${name}`) ?? 0,
  }));
}
