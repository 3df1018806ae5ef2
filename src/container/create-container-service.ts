import type { ContainerService } from "./container-service.ts";
import type { ContainerStore } from "./container-store.ts";
import { LocalContainers } from "./local-containers.ts";
import { reconcile } from "./reconcile.ts";

/**
 * The containers of a store, served by this process, after what a crash of another one has left
 * was put in order.
 */
export async function createContainerService(store: ContainerStore): Promise<ContainerService> {
  await reconcile(store);
  return new LocalContainers(store);
}
