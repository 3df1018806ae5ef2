import { mkdirSync } from "node:fs";
import { ensureUnpacked } from "#image";
import { mountAll } from "#kernel";
import type { DiffId } from "#oci";
import type { ContainerStore } from "../container-store.ts";

/**
 * Mounts the root file system of an image, read-only, at `place`, which is made. That a container
 * uses the image is recorded, so that its layers stay.
 */
export async function mountImage(
  store: ContainerStore,
  layers: readonly DiffId[],
  place: string,
): Promise<void> {
  mkdirSync(place, { recursive: true, mode: 0o700 });
  using lease = store.state.leases.open(`mount ${place}`);
  const chain = await ensureUnpacked(store, layers, lease);
  if (chain === undefined) return;
  mountAll((await store.snapshotter()).view(chain), place);
}
