import { readFileSync } from "node:fs";
import { arch, availableParallelism, hostname, release, totalmem } from "node:os";
import { messageOf } from "#errors";
import { cgroupLayout, inUserNamespace, readMounts } from "#kernel";
import type { Network } from "#network";
import type { Runtime } from "#runtime";
import { probeDrivers, type Snapshotter } from "#snapshot";
import type { State } from "#state";
import type { Info } from "./engine.ts";

interface Parts {
  readonly root: string;
  readonly state: State;
  readonly snapshotter: Snapshotter;
  readonly selectRuntime: () => Promise<Runtime>;
  readonly network: Network;
}

/** Looks at the store and the machine for `info`. */
export async function describeEngine(parts: Parts): Promise<Info> {
  const { root, state, network } = parts;
  return {
    root,
    images: state.images.list().length,
    containers: countContainers(state),
    storage: await describeStorage(parts),
    runtime: await describeRuntime(parts),
    network: network.describe(),
    cgroups: cgroupLayout(),
    kernel: release(),
    operatingSystem: readOperatingSystem(),
    architecture: arch() === "x64" ? "x86_64" : arch(),
    cpus: availableParallelism(),
    memory: totalmem(),
    hostname: hostname(),
    rootless: inUserNamespace(),
  };
}

function countContainers(state: State): Info["containers"] {
  const statuses = state.containers.list().map(({ status }) => status);
  const count = (wanted: string) => statuses.filter((status) => status === wanted).length;
  const [running, paused] = [count("running"), count("paused")];
  return { total: statuses.length, running, paused, stopped: statuses.length - running - paused };
}

const SOURCES = {
  file: "images are mounted from their files",
  loop: "images are mounted by loop devices",
} as const;

async function describeStorage({ root, state, snapshotter }: Parts): Promise<Info["storage"]> {
  const probes = await probeDrivers({ root, state, rootless: inUserNamespace() });
  return {
    driver: snapshotter.driver,
    drivers: probes.map(({ driver, usable, reason, source }) => ({
      name: driver,
      usable,
      reason: reason ?? (source ? SOURCES[source] : ""),
    })),
    backingFilesystem: backingFilesystem(root),
  };
}

/** A missing runtime is for `info` to tell, not to fail with. */
async function describeRuntime({ selectRuntime }: Parts): Promise<Info["runtime"]> {
  try {
    const runtime = await selectRuntime();
    const { name, path, reason } = runtime;
    return { name, path, reason, version: await runtime.version() };
  } catch (error) {
    return { name: "none", path: "", reason: messageOf(error), version: "" };
  }
}

/** The type of the mount that holds the store, as Docker's "Backing Filesystem". */
function backingFilesystem(root: string): string {
  const holds = (target: string) => target === "/" || `${root}/`.startsWith(`${target}/`);
  const mounts = readMounts().filter(({ target }) => holds(target));
  const nearest = mounts.reduce((best, entry) =>
    entry.target.length >= best.target.length ? entry : best,
  );
  return nearest.type;
}

function readOperatingSystem(): string {
  try {
    return (
      /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux"
    );
  } catch {
    return "Linux";
  }
}
