import { mkdirSync } from "node:fs";
import { ensureUnpacked } from "#image";
import { type Mount, mountAll } from "#kernel";
import { packDirectory } from "#layer";
import type { Lease } from "#state";
import { adoptSnapshot } from "../bundle.ts";
import { type ContainerStore, placesOf } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import type { Container } from "../record.ts";
import { releaseContainer } from "../release.ts";
import { isUp } from "../status.ts";
import { lockExisting } from "./locked-container.ts";

/**
 * The merged file system of a container as a tar: what its image and its own changes make
 * together, without what is mounted inside. One that runs is read as it is from moment to moment;
 * one that does not is mounted for the time, and cannot be started meanwhile.
 */
export async function* exportContainer(
  store: ContainerStore,
  { id, name }: Pick<Container, "id" | "name">,
  options: { signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const locked = await lockExisting(store, { id, name });
  const { container } = locked;
  noteEvent(store, container, "export");
  if (!isUp(container.status)) {
    yield* exportMounted(store, container, locked, options);
    return;
  }
  await locked[Symbol.asyncDispose]();
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
