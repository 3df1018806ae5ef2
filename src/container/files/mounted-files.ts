import { mkdirSync } from "node:fs";
import {
  ConfinedDirectory,
  closeFd,
  MountFlag,
  mount,
  mountsUnder,
  OpenFlag,
  openAt,
  unmount,
} from "#kernel";
import { type BindMount, prepareMountTargets, resolveBelow } from "#runtime";
import { mountSnapshot } from "../bundle.ts";
import { type ContainerStore, placesOf } from "../container-store.ts";
import { prepareMounts } from "../mounts/prepare-mounts.ts";
import type { Container } from "../record.ts";
import { releaseContainer } from "../release.ts";

/**
 * Mounts the root and the volumes of a container that is down where they are while it is up; to
 * be called with its lock. Disposing takes all of it away again.
 */
export async function mountFiles(
  store: ContainerStore,
  container: Container,
): Promise<AsyncDisposable> {
  const { rootfs } = placesOf(store, container.id);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => releaseContainer(store, container.id));
  mkdirSync(rootfs, { recursive: true, mode: 0o711 });
  await mountSnapshot(store, container, rootfs);
  const mounts = (await prepareMounts(store, container, rootfs)).filter(
    ({ kind }) => kind === "bind",
  );
  const targets = prepareMountTargets(rootfs, mounts.map(asSpecMount));
  stack.defer(() => targets.cleanup());
  stack.defer(() => unmountInside(rootfs));
  for (const bind of mounts) mountInside(rootfs, bind as BindMount);
  return stack.move();
}

/** Binds onto the very inode that the target leads to inside, whatever symlinks there are. */
function mountInside(rootfs: string, { source, target, readOnly, recursive }: BindMount): void {
  using root = new ConfinedDirectory(rootfs);
  const found = resolveBelow(root, target);
  if (found === undefined) return;
  const { bind, recursive: all, remount, readOnly: ro } = MountFlag;
  const onInode = (flags: number, from: string) => {
    const fd = openAt(found.parent.fd, found.name, OpenFlag.path);
    try {
      mount(from, `/proc/self/fd/${fd}`, undefined, flags);
    } finally {
      closeFd(fd);
    }
  };
  onInode(recursive === false ? bind : bind | all, source);
  // Opened anew, the name stands for what is mounted there now.
  if (readOnly) onInode(bind | remount | ro, "none");
}

function unmountInside(rootfs: string): void {
  for (const { target } of mountsUnder(rootfs))
    if (target !== rootfs) unmount(target, { detach: true });
}

function asSpecMount(mounted: { kind: string; target: string }) {
  const { source = "" } = mounted as Partial<BindMount>;
  return { destination: mounted.target, type: "bind", source, options: [] };
}
