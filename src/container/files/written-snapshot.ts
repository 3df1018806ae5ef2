import { ensureUnpacked } from "#image";
import type { ActiveSnapshot } from "#snapshot";
import type { Lease } from "#state";
import { activeSnapshot, adoptSnapshot } from "../bundle.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";
import { isUp } from "../status.ts";

/**
 * What a container has written, with all that it takes to compare it with its image; undefined
 * when it never ran. To be called with its lock.
 */
export async function writtenSnapshot(
  store: ContainerStore,
  { id, status, record }: Container,
  lease: Lease,
): Promise<ActiveSnapshot | undefined> {
  const snapshotter = await store.snapshotter();
  if (isUp(status)) return activeSnapshot(snapshotter, id);
  if (!activeSnapshot(snapshotter, id)) return undefined;
  await ensureUnpacked(store, record.layers, lease);
  return adoptSnapshot(store, { id, record });
}
