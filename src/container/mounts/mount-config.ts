import { existsSync } from "node:fs";
import { isAbsolute, normalize, posix } from "node:path";
import { fail } from "#errors";
import type { MountConfig } from "../host-config.ts";
import { isPropagation } from "./mode.ts";

/** Which mounts may have which options. */
const OPTIONS = {
  BindOptions: "bind",
  VolumeOptions: "volume",
  ImageOptions: "image",
  TmpfsOptions: "tmpfs",
} as const satisfies Partial<Record<keyof MountConfig, MountConfig["Type"]>>;

/** Fails with `invalid-argument`, in Docker's words, for what cannot be mounted. */
export function checkMount(mount: MountConfig): void {
  const reason = targetFault(mount.Target) ?? optionsFault(mount) ?? faults(mount);
  if (reason !== undefined)
    fail("invalid-argument", `invalid mount config for type "${mount.Type}": ${reason}`);
}

/** Why nothing can be mounted at this path of a container; undefined where something can. */
export function targetFault(target: string): string | undefined {
  if (target === "") return "field Target must not be empty";
  if (cleanPath(target) === "/") return "invalid specification: destination can't be '/'";
  return relativeFault(target);
}

/** Without `.`, `..`, and slashes that say nothing. */
export function cleanPath(path: string): string {
  const clean = normalize(path);
  return clean.length > 1 ? clean.replace(/\/+$/, "") : clean;
}

function relativeFault(path: string): string | undefined {
  if (isAbsolute(path)) return undefined;
  return `invalid mount path: '${path}' mount path must be absolute`;
}

function optionsFault(mount: MountConfig): string | undefined {
  const wrong = Object.entries(OPTIONS).find(
    ([field, type]) => mount[field as keyof typeof OPTIONS] && mount.Type !== type,
  );
  return wrong && `field ${wrong[0]} must not be specified`;
}

function faults(mount: MountConfig): string | undefined {
  switch (mount.Type) {
    case "bind":
      return bindFault(mount);
    case "volume":
      return volumeFault(mount);
    case "tmpfs":
      return mount.Source ? "field Source must not be specified" : undefined;
    case "image":
      return imageFault(mount);
    default:
      return "mount type unknown";
  }
}

function bindFault({ Source = "", BindOptions = {} }: MountConfig): string | undefined {
  const { Propagation = "", CreateMountpoint = false } = BindOptions;
  if (Source === "") return "field Source must not be empty";
  if (Propagation !== "" && !isPropagation(Propagation))
    return `invalid propagation mode: ${Propagation}`;
  const fault = relativeFault(Source);
  if (fault !== undefined || CreateMountpoint || existsSync(Source)) return fault;
  return `bind source path does not exist: ${Source}`;
}

function volumeFault({ Source = "", ReadOnly, VolumeOptions }: MountConfig): string | undefined {
  if (Source === "" && VolumeOptions?.Subpath)
    return "must not set Subpath when using anonymous volumes";
  if (Source === "" && ReadOnly) return "must not set ReadOnly mode when using anonymous volumes";
  return subpathFault(VolumeOptions?.Subpath, "volume");
}

function imageFault({ Source = "", ImageOptions }: MountConfig): string | undefined {
  if (Source === "") return "field Source must not be empty";
  return subpathFault(ImageOptions?.Subpath, "image");
}

function subpathFault(subpath: string | undefined, where: string): string | undefined {
  if (!subpath) return undefined;
  const clean = posix.normalize(subpath);
  const leadsOut = isAbsolute(subpath) || clean === ".." || clean.startsWith("../");
  return leadsOut ? `subpath must be a relative path within the ${where}` : undefined;
}
