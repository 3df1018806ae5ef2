export { createSnapshotter, type SnapshotterOptions } from "./create.ts";
export { type DriverProbe, type ProbeOptions, probeDrivers } from "./probe.ts";
export type {
  ActiveSnapshot,
  DriverName,
  LayerToUnpack,
  MountOptions,
  Snapshotter,
} from "./snapshotter.ts";
