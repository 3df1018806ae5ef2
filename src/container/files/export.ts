import { mkdirSync } from "node:fs";
import { ensureUnpacked } from "#image";
import { type Mount, mountAll } from "#kernel";
import { packDirectory } from "#layer";
import type { Lease } from "#state";
import { adoptSnapshot } from "../bundle.ts";
import { type ContainerStore, placesOf } from "../container-store.ts";
import { lockContainer } from "../lock.ts";
import { type Container, parseContainer } from "../record.ts";
import { releaseContainer } from "../release.ts";
import { isUp } from "../status.ts";

/**
 * The merged file system of a container as a tar: what its image and its own changes make
 * together, without what is mounted inside. One that runs is read as it is from moment to moment;
 * one that does not is mounted for the time, and cannot be started meanwhile.
 */
export async function* exportContainer(
  store: ContainerStore,
  { id }: Pick<Container, "id">,
  options: { signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const lock = await lockContainer(store, id);
  const container = parseContainer(store.state.containers.get(id)!);
  if (!isUp(container.status)) {
    yield* exportMounted(store, container, lock, options);
    return;
  }
  await lock[Symbol.asyncDispose]();
  yield* pack(store, id, options);
}

async function* exportMounted(
  store: ContainerStore,
  container: Container,
  lock: AsyncDisposable,
  options: { signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  await using _ = lock;
  using lease = store.state.leases.open(`export ${container.id}`);
  const { rootfs } = placesOf(store, container.id);
  try {
    mkdirSync(rootfs, { recursive: true, mode: 0o711 });
    mountAll((await rootMounts(store, container, lease)).map(readOnly), rootfs);
    yield* pack(store, container.id, options);
  } finally {
    await releaseContainer(store, container.id);
  }
}

function pack(store: ContainerStore, id: string, options: { signal?: AbortSignal }) {
  return packDirectory(placesOf(store, id).rootfs, { ...options, anyName: true });
}

async function rootMounts(
  store: ContainerStore,
  { id, record }: Container,
  lease: Lease,
): Promise<Mount[]> {
  const chain = await ensureUnpacked(store, record.layers, lease);
  const snapshotter = await store.snapshotter();
  const active = await adoptSnapshot(store, { id, record });
  return active?.mounts() ?? (chain === undefined ? [] : snapshotter.view(chain));
}

function readOnly(mount: Mount): Mount {
  return { ...mount, options: [...mount.options, "ro"] };
}
