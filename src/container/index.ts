export type { ContainerConfig, HostConfig } from "./container-config.ts";
export type {
  AttachOptions,
  ContainerInspect,
  ContainerService,
  ContainerStreams,
  ContainerSummary,
  CreateOptions,
  ExitStatus,
  Migration,
  OutputSink,
  RemoveOptions,
  TerminalSize,
} from "./container-service.ts";
export type { ContainerStore } from "./container-store.ts";
export { createContainerService } from "./create-container-service.ts";
export { parseEnvFile, resolveVariable } from "./env-file.ts";
export type { Status } from "./status.ts";
