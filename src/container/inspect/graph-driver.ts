import { resolve } from "node:path";
import type { Mount } from "#kernel";
import type { ActiveSnapshot } from "#snapshot";

/** The directories of a writable snapshot that stands on others: what overlay is told. */
export interface OverlayDirectories {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
}

/** Undefined for a driver that makes whole trees, and where the layers below are gone. */
export function overlayOf(snapshot: ActiveSnapshot): OverlayDirectories | undefined {
  const mount = mountsOf(snapshot).findLast(({ type }) => type === "overlay");
  if (mount === undefined) return undefined;
  const option = (key: string) =>
    mount.options.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1) ?? "";
  const paths = (key: string) =>
    option(key)
      .split(":")
      .map((path) => resolve(mount.base ?? "/", path))
      .join(":");
  return { lower: paths("lowerdir"), upper: paths("upperdir"), work: paths("workdir") };
}

/** Docker's GraphDriver; `merged` is where its root file system is while it is up. */
export function describeGraphDriver(
  driver: string,
  snapshot: ActiveSnapshot | undefined,
  merged: string,
): object {
  const overlay = snapshot && overlayOf(snapshot);
  if (overlay === undefined) return { Data: null, Name: driver };
  const { lower, upper, work } = overlay;
  return {
    Data: { LowerDir: lower, MergedDir: merged, UpperDir: upper, WorkDir: work },
    Name: driver,
  };
}

function mountsOf(snapshot: ActiveSnapshot): readonly Mount[] {
  try {
    return snapshot.mounts();
  } catch {
    return [];
  }
}
