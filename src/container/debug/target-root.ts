import { mountAll } from "#kernel";
import { type ContainerStore, placesOf } from "../container-store.ts";
import { lockExisting } from "../files/locked-container.ts";
import type { Container } from "../record.ts";
import { isUp } from "../status.ts";

/**
 * Mounts the very root of the container that another one looks into: where it is mounted already
 * while it is up, else by `mountDown`.
 */
export async function mountTargetRoot(
  store: ContainerStore,
  { container: id }: { readonly container: string },
  rootfs: string,
  mountDown: (target: Container) => Promise<void>,
): Promise<void> {
  await using locked = await lockExisting(store, { id, name: id });
  const { container } = locked;
  if (!isUp(container.status)) return await mountDown(container);
  const source = placesOf(store, id).rootfs;
  mountAll([{ type: "bind", source, options: ["bind"] }], rootfs);
}
