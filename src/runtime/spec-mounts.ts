import { DEFAULT_SHM_SIZE, defaultMounts } from "./default-spec.ts";
import type { SpecMount } from "./runtime-spec.ts";
import type { BindMount, ContainerMount, SpecOptions, TmpfsMount } from "./spec-options.ts";

/** Where two options cannot both hold, the later one wins. */
const OPPOSITES: Readonly<Record<string, string>> = {
  exec: "noexec",
  suid: "nosuid",
  dev: "nodev",
};

/**
 * The default mounts, then the container's own, parents first. One of its own in the place of a
 * default one replaces it and what the default has below it.
 */
export function createMounts(options: SpecOptions): SpecMount[] {
  const own = [...(options.mounts ?? [])].sort((a, b) => depth(a.target) - depth(b.target));
  const replaced = own.map(({ target }) => target);
  const shmSize = options.shmSize ?? DEFAULT_SHM_SIZE;
  const defaults = defaultMounts(shmSize)
    .filter(({ destination }) => shmSize > 0 || destination !== "/dev/shm")
    .filter(({ destination }) => !replaced.some((target) => isWithin(destination, target)))
    .map((mount) => adapt(mount, options));
  return [...defaults, ...own.map(createMount)];
}

function adapt(mount: SpecMount, { privileged, host, network, ipc }: SpecOptions): SpecMount {
  const { destination } = mount;
  if (destination === "/sys" && host.rootless && network === "host") return bindSys(mount);
  // Message queues belong to the IPC namespace: who does not own that one may not mount them.
  if (destination === "/dev/mqueue" && ipc === "host" && host.rootless) return bindHost(mount);
  if (destination === "/dev/shm" && ipc === "host") return bindHost(mount);
  if (destination === "/sys/fs/cgroup" && host.cgroups === "none")
    return { ...mount, type: "tmpfs", source: "tmpfs", options: [...mount.options, "size=0k"] };
  const writable = privileged && mount.options.includes("ro");
  return writable
    ? { ...mount, options: mount.options.filter((option) => option !== "ro") }
    : mount;
}

/** sysfs belongs to the network namespace: who does not own that one may not mount it. */
function bindSys(mount: SpecMount): SpecMount {
  return { ...mount, type: "bind", source: "/sys", options: ["rbind", ...mount.options] };
}

function bindHost(mount: SpecMount): SpecMount {
  return { ...mount, type: "bind", source: mount.destination, options: ["rbind", "rprivate"] };
}

function createMount(mount: ContainerMount): SpecMount {
  return mount.kind === "bind" ? createBind(mount) : createTmpfs(mount);
}

function createBind({ source, target, recursive = true, ...bind }: BindMount): SpecMount {
  const { readOnly = false, readOnlyBelow = false, propagation = "rprivate" } = bind;
  const access = !readOnly ? "rw" : readOnlyBelow ? "rro" : "ro";
  const options = [recursive ? "rbind" : "bind", access, propagation];
  return { destination: target, type: "bind", source, options };
}

function createTmpfs({ target, options = [] }: TmpfsMount): SpecMount {
  const taken = new Set(options.map((option) => OPPOSITES[option]));
  const kept = ["nosuid", "nodev", "noexec"].filter((option) => !taken.has(option));
  const given = options.filter((option) => OPPOSITES[option] === undefined);
  return { destination: target, type: "tmpfs", source: "tmpfs", options: [...kept, ...given] };
}

/**
 * How the container's root has to be mounted so that mounts spread as its bind mounts ask for;
 * undefined when none asks.
 */
export function rootfsPropagation(mounts: readonly ContainerMount[]): string | undefined {
  const asked = mounts.map((mount) => (mount.kind === "bind" ? mount.propagation : undefined));
  if (asked.some((one) => one?.endsWith("shared"))) return "shared";
  return asked.some((one) => one?.endsWith("slave")) ? "rslave" : undefined;
}

function depth(path: string): number {
  return path.split("/").filter((part) => part !== "").length;
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory.replace(/\/+$/, "")}/`);
}
