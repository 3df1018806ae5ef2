import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fail, kindOf } from "#errors";
import { ensureUnpacked, layersToUnpack } from "#image";
import { ConfinedDirectory, makeDirectoryAt, mountAll, statAt } from "#kernel";
import type { Attachment } from "#network";
import {
  type BindMount,
  type Bundle,
  type ContainerMount,
  createSpec,
  type MountTargets,
  type NamespaceMode,
  prepareMountTargets,
  type RuntimeSpec,
  resolveUser,
  writeBundle,
} from "#runtime";
import type { ActiveSnapshot, Snapshotter } from "#snapshot";
import { applyEnvironment, baseEnvironment, commandLine } from "./container-config.ts";
import { type ContainerStore, type Places, placesOf, runtimeOf } from "./container-store.ts";
import { refuseWhileLookedInto } from "./debug/looked-into.ts";
import { chooseInit } from "./init.ts";
import { linkMountTable } from "./mount-table.ts";
import { prepareMounts } from "./mounts/prepare-mounts.ts";
import { attachNetworks } from "./networking/attach.ts";
import { NAME_FILES, writeNameFiles } from "./networking/name-files.ts";
import type { Container, ContainerRecord } from "./record.ts";
import { currentRecording, recordingMounts } from "./recording/recorded-shell.ts";
import { prepareSharedMemory } from "./settings/shared-memory.ts";
import { specSettings } from "./settings/spec-settings.ts";

const DIRECTORY_MODE = 0o755;
const DEFAULT_SIZE = { rows: 24, columns: 80 };

/** A container ready for the OCI runtime. */
export interface Prepared {
  readonly bundle: Bundle;
  readonly attachment: Attachment;
  /** What was made in the root to mount on. */
  readonly targets: MountTargets;
}

/**
 * Mounts the root file system, connects the network and writes the OCI bundle (runtime-spec,
 * bundle.md). What a failure leaves, `release` takes away.
 */
export async function prepareBundle(
  store: ContainerStore,
  container: Container,
  options: { signal?: AbortSignal } = {},
): Promise<Prepared> {
  const { id, record } = container;
  const places = placesOf(store, id);
  mkdirSync(places.rootfs, { recursive: true, mode: 0o711 });
  mkdirSync(places.home, { recursive: true, mode: 0o710 });
  const connecting = attachNetworks(store, container);
  const mounting = mountRoot(store, container, options);
  // Both have come to their end before anything is undone.
  await Promise.allSettled([connecting, mounting]);
  const [attachment] = await Promise.all([connecting, mounting]);
  const mounts = await prepareMounts(store, container, places.rootfs);
  if (!record.debug) linkMountTable(places.rootfs);
  const names = nameFileMounts(record, writeNameFiles(store, container, attachment));
  const spec = specOf(store, container, places, attachment, [...mounts, ...names]);
  const targets = prepareMountTargets(places.rootfs, spec.mounts);
  const runtime = runtimeOf(store, container);
  return { bundle: writeBundle(runtime, places.bundle, spec), attachment, targets };
}

async function mountRoot(
  store: ContainerStore,
  { id, record }: Container,
  options: { signal?: AbortSignal },
): Promise<void> {
  const { rootfs } = placesOf(store, id);
  if (record.debug) {
    const { mountTargetRoot } = await import("./debug/target-root.ts");
    return await mountTargetRoot(store, record.debug, rootfs, (target) =>
      mountSnapshot(store, target, rootfs, options),
    );
  }
  const volatile = record.hostConfig.AutoRemove ?? false;
  await mountSnapshot(store, { id, record }, rootfs, { ...options, volatile });
}

/** Mounts what the image of a container that is down and its own changes make together. */
export async function mountSnapshot(
  store: ContainerStore,
  { id, record }: Pick<Container, "id" | "record">,
  rootfs: string,
  { volatile = false, ...options }: { signal?: AbortSignal; volatile?: boolean } = {},
): Promise<void> {
  using lease = store.state.leases.open(`start ${id}`);
  const chain = await ensureUnpacked(store, record.layers, lease, options);
  const snapshotter = await store.snapshotter();
  const adopted = await adoptSnapshot(store, { id, record });
  if (adopted) refuseWhileLookedInto(store, id);
  const snapshot = adopted ?? (await snapshotter.prepare(chain, id));
  snapshot.letGo();
  mountAll(snapshot.mounts({ volatile }), rootfs);
}

/** The same of one that is down, for the driver in use, with which its layers are unpacked. */
export async function adoptSnapshot(
  store: ContainerStore,
  { id, record }: Pick<Container, "id" | "record">,
): Promise<ActiveSnapshot | undefined> {
  const snapshotter = await store.snapshotter();
  if (!activeSnapshot(snapshotter, id)) return undefined;
  return await snapshotter.adopt(id, layersToUnpack(store, record.layers));
}

/** What a container has written so far; undefined when it was never started. */
export function activeSnapshot(snapshotter: Snapshotter, id: string): ActiveSnapshot | undefined {
  try {
    return snapshotter.active(id);
  } catch (error) {
    if (kindOf(error) === "not-found") return undefined;
    throw error;
  }
}

function specOf(
  store: ContainerStore,
  container: Container,
  places: Places,
  attachment: Attachment,
  mounts: readonly ContainerMount[],
): RuntimeSpec {
  const { config, hostConfig } = container.record;
  const { Tty: tty = false, Hostname: hostname = "" } = config;
  const [rows, columns] = hostConfig.ConsoleSize ?? [];
  const cwd = config.WorkingDir || "/";
  makeInside(places.rootfs, cwd);
  const init = hostConfig.Init ? chooseInit() : undefined;
  const recording = currentRecording(container.record.recording);
  return createSpec({
    host: runtimeOf(store, container),
    rootfs: places.rootfs,
    args: [...(init?.argv ?? []), ...(recording?.command ?? commandLine(config))],
    env: applyEnvironment(baseEnvironment(hostname, tty), config.Env ?? []),
    cwd,
    user: resolveUser(config.User ?? "", places.rootfs),
    ...(tty && { terminal: rows && columns ? { rows, columns } : DEFAULT_SIZE }),
    hostname,
    network: namespaceOf(attachment),
    mounts: [
      ...[...mounts, ...prepareSharedMemory(store, container)],
      ...[...(init ? [init.mount] : []), ...recordingMounts(recording)],
    ],
    ...specSettings(store, container),
  });
}

function namespaceOf({ mode, namespace }: Attachment): NamespaceMode {
  if (namespace !== undefined) return { path: namespace };
  return mode === "host" ? "host" : "private";
}

/** Those that the user has not put something else in the place of. */
function nameFileMounts({ mounts, hostConfig }: ContainerRecord, directory: string): BindMount[] {
  const taken = new Set(mounts.map(({ target }) => target));
  const readOnly = hostConfig.ReadonlyRootfs ?? false;
  const files = NAME_FILES.map((name) => ({
    kind: "bind" as const,
    source: join(directory, name),
    target: `/etc/${name}`,
    readOnly,
  }));
  return files.filter(({ target }) => !taken.has(target));
}

/** The working directory is made when missing, as Docker does. */
function makeInside(rootfs: string, path: string): void {
  using root = new ConfinedDirectory(rootfs);
  root.directory(path, (parent, name) => {
    if (statAt(parent.fd, name))
      fail(
        "invalid-argument",
        `cannot make the working directory ${path}: ${name} is no directory`,
      );
    makeDirectoryAt(parent.fd, name, DIRECTORY_MODE);
    return true;
  });
}
