import { AT_FDCWD, closeFd, isAlive, OpenFlag, openAt, statfs } from "#kernel";
import { stateOf } from "#runtime";
import { type ContainerStore, placesOf, runtimeOf } from "../container-store.ts";
import type { Container } from "../record.ts";
import { isUp } from "../status.ts";
import { lockExisting } from "./locked-container.ts";
import { mountFiles } from "./mounted-files.ts";

/** A container's files as its processes see them, or would if it were up. */
export interface ContainerRoot extends AsyncDisposable {
  /** As it was when this was opened. */
  readonly container: Container;
  /** Its root; leads there as long as this is open. Beware of the symlinks inside. */
  readonly path: string;
}

/**
 * Opens what a container sees: of one that is up by way of its own mounts, volumes and tmpfs among
 * them; of one that is not its root and volumes, mounted for the time, while nobody can start it.
 */
export async function openContainerRoot(
  store: ContainerStore,
  { id, name }: Pick<Container, "id" | "name">,
): Promise<ContainerRoot> {
  await using stack = new AsyncDisposableStack();
  const { container } = stack.use(await lockExisting(store, { id, name }));
  const seen = isUp(container.status) ? openSeen(store, container) : undefined;
  if (seen !== undefined) return seen;
  // The root of one whose end is not recorded yet is still mounted.
  if (!isUp(container.status)) stack.use(await mountFiles(store, container));
  const kept = stack.move();
  const path = placesOf(store, id).rootfs;
  return { container, path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The root of its first process; undefined when that has just ended. */
function openSeen(store: ContainerStore, container: Container): ContainerRoot | undefined {
  const process = stateOf(runtimeOf(store, container), container.id);
  if (process === undefined || process.status === "stopped") return undefined;
  const fd = openAt(AT_FDCWD, `/proc/${process.pid}/root/.`, OpenFlag.directory);
  // Only now is it certain whose root that was: pids are used again.
  if (!isAlive(process.pid, process.start)) {
    closeFd(fd);
    return undefined;
  }
  const close = async () => closeFd(fd);
  return { container, path: `/proc/self/fd/${fd}/.`, [Symbol.asyncDispose]: close };
}

/** By the numbers that statfs(2) gives them: what the kernel makes up, which is no container's. */
const KERNELS_OWN = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x1cd1, // devpts
  0x19800202, // mqueue
  0x64626720, // debugfs
  0x74726163, // tracefs
  0xcafe4a11, // bpf
  0x73636673, // securityfs
]);

/** Whether an open directory is of a file system that holds nobody's files. */
export function isKernels(fd: number): boolean {
  return KERNELS_OWN.has(statfs(`/proc/self/fd/${fd}`).magic);
}
