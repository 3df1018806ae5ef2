import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import { openRootfs, type RootfsView } from "#image";
import { findTool, runTool } from "#kernel";
import type { DiffId } from "#oci";
import type { ContainerStore } from "../container-store.ts";
import type { HostConfig } from "../host-config.ts";

/** Where tools are mounted; nobody's own files are there. */
const PLACE = "/.shale";

/** Programs that load an image's programs: where these look for it, and where images have it. */
const LOADERS = [
  ["/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"],
  ["/lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"],
  ["/lib/ld-musl-x86_64.so.1", "lib/ld-musl-x86_64.so.1"],
  ["/lib/ld-musl-aarch64.so.1", "lib/ld-musl-aarch64.so.1"],
] as const;
const LIBRARIES = ["lib", "usr/lib", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"];
const PROGRAMS = ["usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin"];
const SHELLS = ["bin/bash", "bin/sh"];

/** Programs to look about with, mounted beside a root that has none. */
export interface Tools {
  readonly mounts: Pick<HostConfig, "Binds" | "Mounts">;
  /** What is put at the end of PATH. */
  readonly path: string;
  /** The rest of what its programs need in their environment. */
  readonly env: readonly string[];
  readonly shell: string;
}

/** Those of an image, or the host's busybox, for a root made of these layers. */
export async function prepareTools(
  store: ContainerStore,
  layers: readonly DiffId[],
  image: string | undefined,
): Promise<Tools> {
  return image === undefined ? hostTools(store) : await imageTools(store, layers, image);
}

/** Busybox with a link for each of its programs; the links are made once until the next boot. */
async function hostTools({ runtimeDirectory }: ContainerStore): Promise<Tools> {
  const busybox = findTool("busybox");
  if (busybox === undefined || !isStatic(busybox)) {
    fail(
      "failed-precondition",
      'there is no static busybox on this host: install it with "apt-get install ' +
        'busybox-static", or name an image that has tools with --tools',
    );
  }
  const directory = join(runtimeDirectory, "tools", String(statSync(busybox).mtimeMs));
  if (!existsSync(directory)) await makeLinks(busybox, directory);
  return {
    mounts: { Binds: [`${directory}:${PLACE}:ro`, `${busybox}:${PLACE}/bin/busybox:ro`] },
    path: `${PLACE}/bin`,
    env: [],
    shell: `${PLACE}/bin/sh`,
  };
}

async function makeLinks(busybox: string, directory: string): Promise<void> {
  const { stdout } = await runTool([busybox, "--list"]);
  const draft = `${directory}-${process.pid}`;
  mkdirSync(join(draft, "bin"), { recursive: true, mode: 0o755 });
  writeFileSync(join(draft, "bin/busybox"), "");
  for (const name of stdout.split("\n"))
    if (/^[\w.[-]+$/.test(name) && name !== "busybox")
      symlinkSync("busybox", join(draft, "bin", name));
  try {
    renameSync(draft, directory);
  } catch (error) {
    rmSync(draft, { recursive: true });
    // Another process was first.
    if (!existsSync(directory)) throw error;
  }
}

/** Whether a program needs no loader: its ELF header table has no PT_INTERP (elf(5)). */
function isStatic(path: string): boolean {
  const head = Buffer.alloc(4096);
  const fd = openSync(path, "r");
  try {
    readSync(fd, head, 0, head.length, 0);
  } finally {
    closeSync(fd);
  }
  const [table, size, count] = [
    Number(head.readBigUInt64LE(32)),
    head.readUInt16LE(54),
    head.readUInt16LE(56),
  ];
  const types = Array.from({ length: count }, (_, index) => table + index * size)
    .filter((at) => at + 4 <= head.length)
    .map((at) => head.readUInt32LE(at));
  const INTERPRETER = 3;
  return !types.includes(INTERPRETER);
}

async function imageTools(
  store: ContainerStore,
  layers: readonly DiffId[],
  image: string,
): Promise<Tools> {
  const { config } = await store.images.resolve(image);
  using lease = store.state.leases.open("tools");
  lease.hold("layer", ...layers, ...config.rootfs.diff_ids);
  const [tools, target] = [openRootfs(store, config.rootfs.diff_ids), openRootfs(store, layers)];
  const loaders = await missingLoaders(tools, target);
  const shell = await firstIn(tools, SHELLS);
  if (shell === undefined) fail("invalid-argument", `image ${image} has no shell to be a tool`);
  const mount = (Target: string, Subpath?: string) => ({
    ...{ Type: "image" as const, Source: image, Target, ReadOnly: true },
    ...(Subpath !== undefined && { ImageOptions: { Subpath } }),
  });
  return {
    mounts: { Mounts: [mount(PLACE), ...loaders.map(([path, from]) => mount(path, from))] },
    path: inside(PROGRAMS),
    // Only where the loader is ours: the root's own programs have libraries of their own.
    env: loaders.length > 0 ? [`LD_LIBRARY_PATH=${inside(LIBRARIES)}`] : [],
    shell: `${PLACE}/${shell}`,
  };
}

function inside(directories: readonly string[]): string {
  return directories.map((directory) => `${PLACE}/${directory}`).join(":");
}

async function missingLoaders(
  tools: RootfsView,
  target: RootfsView,
): Promise<(readonly [path: string, from: string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const [path, from] of LOADERS)
    if ((await tools.stat(from)) && !(await target.stat(path))) found.push([path, from]);
  return found;
}

async function firstIn(view: RootfsView, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await view.stat(path)) return path;
  return undefined;
}
