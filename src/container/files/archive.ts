import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { decompress } from "#image";
import { ConfinedDirectory } from "#kernel";
import { extractArchive, packEntry } from "#layer";
import { resolveUser } from "#runtime";
import type { CopyInOptions, PathStat } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import type { Container, MountPoint } from "../record.ts";
import { type ContainerRoot, isKernels, openContainerRoot } from "./container-root.ts";
import { locate, locateDirectory } from "./locate.ts";
import { describe } from "./path-stat.ts";

/** What is at a path inside. */
export async function statPath(
  store: ContainerStore,
  container: Container,
  path: string,
): Promise<PathStat> {
  await using opened = await openContainerRoot(store, container);
  using root = new ConfinedDirectory(opened.path);
  return describe(root, locate(root, container, path));
}

/** A tar of what is at a path inside. */
export async function copyFrom(
  store: ContainerStore,
  container: Container,
  path: string,
  options: { signal?: AbortSignal },
): Promise<{ stat: PathStat; archive: Bytes }> {
  const stat = await statPath(store, container, path);
  noteEvent(store, container, "archive-path");
  return { stat, archive: pack(store, container, path, options) };
}

/** Opened when it is read: nothing has to be given back of an archive that nobody reads. */
async function* pack(
  store: ContainerStore,
  container: Container,
  path: string,
  options: { signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  await using opened = await openContainerRoot(store, container);
  using root = new ConfinedDirectory(opened.path);
  const { parent, name, as } = locate(root, container, path);
  yield* packEntry(parent.fd, name, { as, isClosed: isKernels, ...options });
}

/** Unpacks a tar into a directory inside. */
export async function copyTo(
  store: ContainerStore,
  container: Container,
  path: string,
  archive: Bytes,
  { copyUidGid, noOverwriteDirNonDir, signal }: CopyInOptions,
): Promise<void> {
  await using opened = await openContainerRoot(store, container);
  const directory = writableDirectory(opened, container, path);
  const owner = copyUidGid ? ownerIn(opened) : undefined;
  const { bytes } = await decompress(archive, signal ? { signal } : {});
  await extractArchive(bytes, opened.path, {
    directory,
    keepKinds: noOverwriteDirNonDir ?? false,
    admit: ({ fd, path: below }) => {
      if (isKernels(fd)) fail("permission-denied", `nothing can be copied to /${below}`);
    },
    ...(owner && { owner }),
    ...(signal && { signal }),
  });
  noteEvent(store, container, "extract-to-dir");
}

/** The real path of the directory that a path leads to, in which writing is allowed. */
function writableDirectory(opened: ContainerRoot, container: Container, path: string): string {
  using root = new ConfinedDirectory(opened.path);
  const real = `/${locateDirectory(root, container, path).path}`;
  const { mounts, hostConfig } = opened.container.record;
  const isIn = (target: string) => `${real}/`.startsWith(`${target}/`);
  const [mount] = mounts.filter(({ target }) => isIn(target)).sort(deepestFirst);
  if (mount?.readOnly) fail("invalid-argument", "mounted volume is marked read-only");
  if (!mount && hostConfig.ReadonlyRootfs)
    fail("invalid-argument", "container rootfs is marked read-only");
  return real;
}

function deepestFirst(a: MountPoint, b: MountPoint): number {
  return b.target.length - a.target.length;
}

/** The user that its processes run as; root's files stay whose they are, as with Docker. */
function ownerIn({ container, path }: ContainerRoot): { uid: number; gid: number } | undefined {
  const { User = "" } = container.record.config;
  if (User === "") return undefined;
  const { uid, gid } = resolveUser(User, path);
  return { uid, gid };
}
