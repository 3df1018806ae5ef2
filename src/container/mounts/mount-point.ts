import type { DiffId, Digest } from "#oci";
import { generateVolumeName } from "#volume";
import type { MountConfig } from "../host-config.ts";
import type { MountPoint } from "../record.ts";
import type { Propagation } from "./mode.ts";
import { cleanPath } from "./mount-config.ts";
import { tmpfsOptions } from "./tmpfs.ts";

/** What a mount refers to, looked up. */
export interface MountSources {
  directoryOf(volume: string): string;
  image(name: string): Promise<{ id: Digest; layers: readonly DiffId[] }>;
}

/** The record of a mount that was checked. */
export async function mountPointOf(
  config: MountConfig,
  sources: MountSources,
  mode?: string,
): Promise<MountPoint> {
  switch (config.Type) {
    case "bind":
      return bindPoint(config, mode ?? "");
    case "volume":
      return volumePoint(config, sources, mode ?? "z");
    case "tmpfs":
      return { ...basics(config), source: "", options: tmpfsOptions(config) };
    case "image":
      return imagePoint(config, sources);
  }
}

function basics({ Type, Target, ReadOnly = false }: MountConfig) {
  const target = cleanPath(Target);
  return { type: Type, target, readOnly: ReadOnly, propagation: "" as const, mode: "" };
}

function bindPoint(config: MountConfig, mode: string): MountPoint {
  const { Source = "", BindOptions: options = {} } = config;
  return {
    ...basics(config),
    source: cleanPath(Source),
    propagation: (options.Propagation || "rprivate") as Propagation,
    mode,
    ...(!options.CreateMountpoint && { mustExist: true }),
    ...(options.NonRecursive && { nonRecursive: true }),
    ...(options.ReadOnlyNonRecursive && { readOnlyBelow: false }),
    ...(options.ReadOnlyForceRecursive && { readOnlyBelow: true }),
  };
}

/** Docker's own mode for volumes that its local driver keeps is `z`. */
function volumePoint(config: MountConfig, sources: MountSources, mode: string): MountPoint {
  const { Source, VolumeOptions: options = {} } = config;
  const name = Source || generateVolumeName();
  return {
    ...basics(config),
    name,
    source: sources.directoryOf(name),
    mode: mode || "z",
    ...(!Source && { anonymous: true }),
    ...(options.NoCopy && { noCopy: true }),
    ...(options.Subpath && { subpath: options.Subpath }),
  };
}

async function imagePoint(config: MountConfig, sources: MountSources): Promise<MountPoint> {
  const { Source = "", ImageOptions: { Subpath } = {} } = config;
  const image = await sources.image(Source);
  return {
    ...basics(config),
    source: Source,
    readOnly: true,
    image,
    ...(Subpath && { subpath: Subpath }),
  };
}
