import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ImageService, ImageStore } from "#image";
import type { Network } from "#network";
import { type Runtime, selectRuntime } from "#runtime";
import type { Volumes } from "#volume";
import type { Container } from "./record.ts";

/** What containers are made from and kept in. */
export interface ContainerStore extends ImageStore {
  /** The store's directory. */
  readonly root: string;
  /** Where mounts, sockets and process state live until the next boot. */
  readonly runtimeDirectory: string;
  readonly images: ImageService;
  readonly network: Network;
  readonly runtime: Runtime;
  readonly volumes: Volumes;
  /**
   * The beginning of a command line that runs shale on this store: for what has to be done when
   * this process is gone.
   */
  readonly program: readonly string[];
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
  const home = join(homesOf(root), id);
  const bundle = join(bundlesOf(runtimeDirectory), id);
  return { home, log: join(home, "log"), bundle, rootfs: join(bundle, "rootfs") };
}

/** The OCI runtime of a container: the one it was started or asked for with, else the store's. */
export function runtimeOf(
  { runtime }: ContainerStore,
  { record }: Pick<Container, "record">,
): Runtime {
  const name = record.runtime ?? (record.hostConfig.Runtime || runtime.name);
  if (name === runtime.name) return runtime;
  return selectRuntime({ stateRoot: runtime.stateRoot, forced: name });
}

/** Where supervisors leave exit codes. */
export function exitsOf(runtimeDirectory: string): string {
  return join(runtimeDirectory, "exits");
}

/** Where the OCI runtime keeps what it knows of those that are up. */
export function statesOf(runtimeDirectory: string): string {
  return join(runtimeDirectory, "runtime");
}

/** How a container ended, and when (Unix milliseconds), as its supervisor has left it. */
export interface Exit {
  readonly code: number;
  readonly time: number;
}

/** Undefined while it is up, and once it was removed. */
export function readExit(
  { runtimeDirectory }: Pick<ContainerStore, "runtimeDirectory">,
  id: string,
): Exit | undefined {
  const path = join(exitsOf(runtimeDirectory), id);
  try {
    const code = Number.parseInt(readFileSync(path, "utf8"), 10);
    return { code, time: Math.round(statSync(path).mtimeMs) };
  } catch {
    return undefined;
  }
}

/** To be called once it is recorded; drafts that a supervisor has left go with it. */
export function removeExit(
  { runtimeDirectory }: Pick<ContainerStore, "runtimeDirectory">,
  id: string,
): void {
  const directory = exitsOf(runtimeDirectory);
  const names = existsSync(directory) ? readdirSync(directory) : [];
  for (const name of names) if (name.startsWith(id)) rmSync(join(directory, name), { force: true });
}

/** The directory that has what stays of each container. */
export function homesOf(root: string): string {
  return join(root, "containers");
}

/** The directory that has one bundle for each container that is up. */
export function bundlesOf(runtimeDirectory: string): string {
  return join(runtimeDirectory, "containers");
}
