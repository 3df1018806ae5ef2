import { MOUNT_TABLE } from "../mount-table.ts";
import { NAME_FILES } from "../networking/name-files.ts";
import type { ContainerRecord } from "../record.ts";

/** What every container gets mounted, and whoever looks into it. */
const STANDARD = [
  ...["/dev", "/proc", "/sys", "/.shale", MOUNT_TABLE],
  ...NAME_FILES.map((name) => `/etc/${name}`),
];

/**
 * The places in a container's root that things are mounted on, and the directories above them, as
 * paths without a leading slash. Where the image has none they are made for a start, and are no
 * change of the container's.
 */
export function mountStubs({
  mounts,
  hostConfig,
}: Pick<ContainerRecord, "mounts" | "hostConfig">): ReadonlySet<string> {
  const tmpfs = Object.keys(hostConfig.Tmpfs ?? {});
  const targets = [...STANDARD, ...tmpfs, ...mounts.map(({ target }) => target)];
  return new Set(targets.flatMap(withParents));
}

function withParents(target: string): string[] {
  const parts = target.split("/").filter((part) => part !== "");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
