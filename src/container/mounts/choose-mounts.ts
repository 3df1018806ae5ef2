import { join } from "node:path";
import { fail, kindOf, messageOf } from "#errors";
import { type ClaimedVolume, checkVolumeName, generateVolumeName } from "#volume";
import type { ContainerConfig } from "../container-config.ts";
import type { ContainerStore } from "../container-store.ts";
import type { HostConfig, MountConfig } from "../host-config.ts";
import type { MountPoint } from "../record.ts";
import { type Bind, parseBind } from "./bind.ts";
import { checkMount, cleanPath, targetFault } from "./mount-config.ts";
import { type MountSources, mountPointOf } from "./mount-point.ts";
import { parseTmpfs } from "./tmpfs.ts";
import { mountsFrom } from "./volumes-from.ts";

/** How a volume is made where it is missing. */
type VolumeSettings = Omit<ClaimedVolume, "name" | "anonymous">;

/** What a container is to have mounted. */
export interface ChosenMounts {
  readonly points: readonly MountPoint[];
  /** By the names of the volumes among them. */
  readonly volumes: ReadonlyMap<string, VolumeSettings>;
}

/**
 * What the user wants mounted, and a volume without a name for each directory that the config
 * wants kept and nothing else is mounted on. What comes from other containers gives way to what
 * was asked for by itself. Nothing is made yet.
 */
export async function chooseMounts(
  store: ContainerStore,
  config: ContainerConfig,
  hostConfig: HostConfig,
): Promise<ChosenMounts> {
  const tmpfs = tmpfsTargets(hostConfig);
  const points = new Map<string, MountPoint>();
  const volumes = new Map<string, VolumeSettings>();
  const add = (point: MountPoint, settings: VolumeSettings = {}) => {
    points.set(point.target, point);
    if (point.name !== undefined) volumes.set(checkVolumeName(point.name), settings);
  };
  for (const text of hostConfig.VolumesFrom ?? [])
    for (const point of mountsFrom(store, text)) add(point);
  for (const { config, mode } of askedFor(hostConfig, tmpfs))
    add(await mountPointOf(config, sourcesOf(store), mode), settingsOf(config));
  for (const target of keptDirectories(config))
    if (!points.has(target) && !tmpfs.has(target))
      add(unnamedVolume(store, target), driverOf(hostConfig.VolumeDriver));
  return { points: [...points.values()], volumes };
}

type Asked = Pick<Bind, "config"> & Partial<Pick<Bind, "mode">>;

/** What was asked for by itself; no two things in one place. */
function askedFor(
  { Binds, Mounts, VolumeDriver }: HostConfig,
  tmpfs: ReadonlySet<string>,
): Asked[] {
  const binds = (Binds ?? []).map((text) => parseBind(text, VolumeDriver));
  const mounts = (Mounts ?? []).map((config) => ({ config }));
  for (const { config } of mounts) checkMount(config);
  const taken = new Set<string>();
  for (const asked of [...binds, ...mounts]) {
    const target = cleanPath(asked.config.Target);
    // As Docker has it, a tmpfs may only cover what `--mount` asks for.
    const isCovered = "mode" in asked && tmpfs.has(target);
    if (isCovered || taken.has(target))
      fail("invalid-argument", `Duplicate mount point: ${target}`);
    taken.add(target);
  }
  return [...binds, ...mounts];
}

function tmpfsTargets({ Tmpfs }: HostConfig): Set<string> {
  const entries = Object.entries(Tmpfs ?? {});
  for (const [target, options] of entries) parseTmpfs(target, options);
  return new Set(entries.map(([target]) => cleanPath(target)));
}

/** As Docker takes an image's: `VOLUME data` is /data. */
function keptDirectories({ Volumes }: ContainerConfig): string[] {
  return Object.keys(Volumes ?? {}).map((path) => {
    const target = cleanPath(join("/", path));
    const fault = targetFault(target);
    return fault === undefined
      ? target
      : fail("invalid-argument", `invalid volume specification: '${path}': ${fault}`);
  });
}

function unnamedVolume({ volumes }: ContainerStore, target: string): MountPoint {
  const name = generateVolumeName();
  const source = volumes.directoryOf(name);
  const plain = { readOnly: false, propagation: "", mode: "" } as const;
  return { type: "volume", name, source, target, ...plain, anonymous: true };
}

function settingsOf({ VolumeOptions = {} }: MountConfig): VolumeSettings {
  const { Labels, DriverConfig: { Name, Options } = {} } = VolumeOptions;
  return {
    ...driverOf(Name),
    ...(Labels && { labels: Labels }),
    ...(Options && { options: Options }),
  };
}

function driverOf(name: string | undefined): VolumeSettings {
  return name ? { driver: name } : {};
}

async function findImage(images: ContainerStore["images"], name: string) {
  try {
    const { id, config } = await images.resolve(name);
    return { id, layers: config.rootfs.diff_ids };
  } catch (error) {
    // Not as of the container's own image, which a caller may pull and then try again.
    return fail(kindOf(error), `cannot mount image ${name}: ${messageOf(error)}: pull it first`);
  }
}

function sourcesOf({ volumes, images }: ContainerStore): MountSources {
  return {
    directoryOf: (name) => volumes.directoryOf(name),
    image: (name) => findImage(images, name),
  };
}
