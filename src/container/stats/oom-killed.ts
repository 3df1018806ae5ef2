import { existsSync } from "node:fs";
import { join } from "node:path";
import { cgroupDirectory } from "#kernel";
import { type ContainerStore, placesOf } from "../container-store.ts";
import type { Container } from "../record.ts";
import { cgroupPathOf } from "../settings/cgroup-path.ts";
import { flatKeys, textIn } from "./cgroup-file.ts";

/** What conmon leaves in its directory when it was told of it. */
const OOM_FILE = "oom";

/**
 * Whether the kernel has killed a process of a container for want of memory. Its control groups
 * and its bundle have to be there still.
 */
export function wasOomKilled(
  store: Pick<ContainerStore, "root" | "runtimeDirectory">,
  container: Pick<Container, "id" | "record">,
): boolean {
  return killsOf(container) > 0 || existsSync(join(placesOf(store, container.id).bundle, OOM_FILE));
}

/** The kernel's own count, which is right also when conmon has missed it. */
function killsOf(container: Pick<Container, "id" | "record">): number {
  const path = cgroupPathOf(container);
  const v1 = textIn(cgroupDirectory("memory", path), "memory.oom_control");
  const { oom_kill: kills = 0 } = flatKeys(
    v1 || textIn(cgroupDirectory("", path), "memory.events"),
  );
  return kills;
}
