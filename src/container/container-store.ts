import { join } from "node:path";
import type { ImageService, ImageStore } from "#image";
import type { Network } from "#network";

/** What containers are made from and kept in. */
export interface ContainerStore extends ImageStore {
  /** The store's directory. */
  readonly root: string;
  /** Where mounts, sockets and process state live until the next boot. */
  readonly runtimeDirectory: string;
  readonly images: Pick<ImageService, "resolve">;
  readonly network: Network;
}

/** The places of one container. */
export interface Places {
  /** What stays with it: its log and volumes. */
  readonly home: string;
  readonly log: string;
  /** What lives while it runs: the bundle of the OCI runtime, and the name files. */
  readonly bundle: string;
  readonly rootfs: string;
}

export function placesOf(
  { root, runtimeDirectory }: Pick<ContainerStore, "root" | "runtimeDirectory">,
  id: string,
): Places {
  const home = join(root, "containers", id);
  const bundle = join(bundlesOf(runtimeDirectory), id);
  return { home, log: join(home, "log"), bundle, rootfs: join(bundle, "rootfs") };
}

/** The directory that has one bundle for each container that is up. */
export function bundlesOf(runtimeDirectory: string): string {
  return join(runtimeDirectory, "containers");
}
