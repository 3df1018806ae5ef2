import type { VolumeRow } from "#state";
import { isMounted } from "./driver.ts";
import type { VolumeDocument } from "./volume-service.ts";

/** A volume as Docker's API describes it. */
export function describeVolume(row: VolumeRow, mountpoint: string): VolumeDocument {
  const { name, driver, labels, options, created } = row;
  return {
    CreatedAt: new Date(created).toISOString().replace(/\.\d+Z$/, "Z"),
    Driver: driver,
    Labels: Object.keys(labels).length > 0 ? labels : null,
    Mountpoint: mountpoint,
    Name: name,
    Options: isMounted(options) ? options : null,
    Scope: "local",
  };
}
