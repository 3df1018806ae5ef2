export { createVolumes, type VolumesOptions } from "./create-volumes.ts";
export type {
  CreateVolumeOptions,
  Filters,
  VolumeDocument,
  VolumeService,
  Volumes,
} from "./volume-service.ts";
