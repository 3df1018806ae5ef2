import { join } from "node:path";
import { fail } from "#errors";
import { CopyDriver } from "./copy/copy-driver.ts";
import { Directories } from "./directories.ts";
import type { Driver } from "./driver.ts";
import { ErofsDriver } from "./erofs/erofs-driver.ts";
import type { ErofsSource } from "./erofs/erofs-mount.ts";
import { LayeredSnapshotter } from "./layered-snapshotter.ts";
import { overlayMode } from "./overlay/options.ts";
import { OverlayDriver } from "./overlay/overlay-driver.ts";
import { type DriverProbe, type ProbeOptions, probeDrivers } from "./probe.ts";
import type { DriverName, Snapshotter } from "./snapshotter.ts";

export interface SnapshotterOptions extends ProbeOptions {
  /** For what lives until the next boot only: layers are mounted in it. */
  readonly runtimeDirectory: string;
  /** When not given, the best one that works here. */
  readonly driver?: DriverName;
  /** How erofs images are mounted; when not given, as was found to work here. */
  readonly source?: ErofsSource;
}

/**
 * The snapshots of the store at `root`. Fails with `failed-precondition` when the driver asked
 * for does not work here.
 */
export async function createSnapshotter(options: SnapshotterOptions): Promise<Snapshotter> {
  const { root, state } = options;
  const directories = new Directories(root);
  const probes = await probeDrivers(options);
  const chosen = chooseDriver(options, probes);
  const drivers = createDrivers(options, directories, probes);
  const rest = drivers.filter(({ name }) => name !== chosen);
  const first = drivers.find(({ name }) => name === chosen)!;
  return new LayeredSnapshotter(root, state, directories, [first, ...rest]);
}

function createDrivers(
  options: SnapshotterOptions,
  directories: Directories,
  probes: readonly DriverProbe[],
): Driver[] {
  const mode = overlayMode(options.rootless);
  const found = probes.find(({ driver }) => driver === "erofs")?.source;
  const source = options.source ?? found ?? "file";
  return [
    new ErofsDriver(directories, mode, join(options.runtimeDirectory, "layers"), source),
    new OverlayDriver(directories, mode),
    new CopyDriver(directories, options.rootless),
  ];
}

function chooseDriver({ root, driver }: SnapshotterOptions, probes: DriverProbe[]): DriverName {
  const usable = probes.filter((probe) => probe.usable);
  const best = usable[0]!.driver;
  if (driver === undefined || usable.some((probe) => probe.driver === driver))
    return driver ?? best;
  const reason = probes.find((probe) => probe.driver === driver)?.reason;
  return fail(
    "failed-precondition",
    `the ${driver} driver does not work on ${root}: ${reason}; use --storage-driver ${best}`,
  );
}
