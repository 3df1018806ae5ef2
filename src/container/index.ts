export type { ContainerConfig } from "./container-config.ts";
export type {
  AttachOptions,
  CommitOptions,
  ContainerInspect,
  ContainerService,
  ContainerStats,
  ContainerStreams,
  ContainerSummary,
  CopyInOptions,
  CreatedContainer,
  CreateOptions,
  DebugOptions,
  ExecConfig,
  ExecInspect,
  ExecStreams,
  ExitStatus,
  FileChange,
  Filters,
  HealthStatus,
  ListOptions,
  LogEntry,
  LogOptions,
  Migration,
  MountDocument,
  OutputSink,
  PathStat,
  PortSummary,
  ProcessList,
  PruneResult,
  RemoveOptions,
  RunningExec,
  StopOptions,
  TerminalSize,
  UpdateOptions,
  WaitOptions,
} from "./container-service.ts";
export type { ContainerStore } from "./container-store.ts";
export { createContainerService } from "./create-container-service.ts";
export { parseDetachKeys } from "./detach-keys.ts";
export { parseEnvFile, resolveVariable } from "./env-file.ts";
export type {
  DeviceConfig,
  EndpointConfig,
  HostConfig,
  LogConfig,
  MountConfig,
  NetworkingConfig,
  PortBinding,
  Resources,
  RestartPolicy,
  ThrottleDevice,
  UlimitConfig,
} from "./host-config.ts";
export { parseUlimit } from "./settings/ulimits.ts";
export type { Status } from "./status.ts";
