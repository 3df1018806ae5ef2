export { Attachment, type AttachOptions, resizeTerminal } from "./attachment.ts";
export { type Bundle, writeBundle } from "./bundle.ts";
export {
  type CapabilityOptions,
  containerCapabilities,
  DEFAULT_CAPABILITIES,
} from "./capabilities.ts";
export type { ChildStreams, OutputSink } from "./child-streams.ts";
export {
  createSupervised,
  endSupervisor,
  findSupervisor,
  type SuperviseOptions,
} from "./conmon.ts";
export { readExecExitCode, superviseExec, superviseExecDetached } from "./conmon-exec.ts";
export {
  type ContainerState,
  deleteContainer,
  freezeContainer,
  limitContainer,
  signalContainer,
  stateOf,
} from "./container-state.ts";
export { MASKED_PATHS, READONLY_PATHS } from "./default-spec.ts";
export { deviceAt, parseDeviceRule } from "./devices.ts";
export { execAttached, readExecPid } from "./exec.ts";
export { type ForegroundOptions, runForeground } from "./foreground.ts";
export { type MountTargets, prepareMountTargets } from "./mount-targets.ts";
export { createProcessSpec } from "./process-spec.ts";
export { type RootedPath, resolveBelow } from "./rooted-path.ts";
export { type Runtime, type RuntimeOptions, selectRuntime } from "./runtime.ts";
export type { DeviceRule, ResourceLimits, RuntimeSpec, SpecMount } from "./runtime-spec.ts";
export { parseSeccompProfile, type SeccompProfile } from "./seccomp-profile.ts";
export { createSpec } from "./spec.ts";
export type {
  BindMount,
  ContainerMount,
  DeviceMapping,
  HostFacts,
  NamespaceMode,
  RlimitOption,
  SpecOptions,
  TmpfsMount,
} from "./spec-options.ts";
export { StartFailure } from "./start-failure.ts";
export { Supervised, type SupervisedPlace } from "./supervised.ts";
export { type Owner, type ResolvedUser, resolveGroups, resolveOwner, resolveUser } from "./user.ts";
