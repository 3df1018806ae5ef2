export { createVolumes, type VolumesOptions } from "./create-volumes.ts";
export { noteVolume } from "./events.ts";
export { checkVolumeName, generateVolumeName } from "./volume-name.ts";
export type {
  ClaimedVolume,
  CreateVolumeOptions,
  VolumeDocument,
  VolumeService,
  Volumes,
} from "./volume-service.ts";
