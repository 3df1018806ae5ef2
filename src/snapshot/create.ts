import { fail } from "#errors";
import { CopyDriver } from "./copy/copy-driver.ts";
import { Directories } from "./directories.ts";
import { LayeredSnapshotter } from "./layered-snapshotter.ts";
import { overlayMode } from "./overlay/options.ts";
import { OverlayDriver } from "./overlay/overlay-driver.ts";
import { type ProbeOptions, probeOverlay } from "./probe.ts";
import type { DriverName, Snapshotter } from "./snapshotter.ts";

export interface SnapshotterOptions extends ProbeOptions {
  /** When not given, the best one that works here. */
  readonly driver?: DriverName;
}

/**
 * The snapshots of the store at `root`. Fails with `failed-precondition` when the driver asked
 * for does not work here.
 */
export async function createSnapshotter(options: SnapshotterOptions): Promise<Snapshotter> {
  const { root, state, rootless } = options;
  const directories = new Directories(root);
  const overlay = new OverlayDriver(directories, overlayMode(rootless));
  const copy = new CopyDriver(directories, rootless);
  const drivers = (await chooseDriver(options)) === "overlay" ? [overlay, copy] : [copy, overlay];
  return new LayeredSnapshotter(root, state, directories, drivers);
}

async function chooseDriver(options: SnapshotterOptions): Promise<DriverName> {
  if (options.driver === "copy") return "copy";
  const { usable, reason } = await probeOverlay(options);
  if (usable) return "overlay";
  if (options.driver === undefined) return "copy";
  return fail(
    "failed-precondition",
    `the overlay driver does not work on ${options.root}: ${reason}; use --storage-driver copy`,
  );
}
