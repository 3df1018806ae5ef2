import { noteVolume } from "#volume";
import type { ContainerStore } from "../container-store.ts";
import { parseContainer } from "../record.ts";
import { isUp } from "../status.ts";

/** Gives back what volumes have mounted for a container that is down now. */
export async function releaseMounts(store: ContainerStore, id: string): Promise<void> {
  const row = store.state.containers.get(id);
  const container = row && parseContainer(row);
  const mounts = container && isUp(container.status) ? container.record.mounts : [];
  for (const { name } of mounts)
    if (name !== undefined)
      noteVolume(store.state, name, "unmount", { container: id, driver: "local" });
  await store.volumes.close(id);
}
