export { Attachment, type AttachOptions } from "./attachment.ts";
export { type Bundle, writeBundle } from "./bundle.ts";
export {
  type CapabilityOptions,
  containerCapabilities,
  DEFAULT_CAPABILITIES,
} from "./capabilities.ts";
export { createSupervised, type SuperviseOptions } from "./conmon.ts";
export {
  type ContainerState,
  deleteContainer,
  signalContainer,
  stateOf,
} from "./container-state.ts";
export { type ForegroundOptions, type OutputSink, runForeground } from "./foreground.ts";
export { type MountTargets, prepareMountTargets } from "./mount-targets.ts";
export { type Runtime, type RuntimeOptions, selectRuntime } from "./runtime.ts";
export type { RuntimeSpec, SeccompProfile, SpecMount } from "./runtime-spec.ts";
export { createSpec } from "./spec.ts";
export type {
  BindMount,
  ContainerMount,
  DeviceMapping,
  HostFacts,
  NamespaceMode,
  ResourceLimits,
  RlimitOption,
  SpecOptions,
  TmpfsMount,
} from "./spec-options.ts";
export { StartFailure } from "./start-failure.ts";
export { Supervised, type SupervisedPlace } from "./supervised.ts";
export { type Owner, type ResolvedUser, resolveOwner, resolveUser } from "./user.ts";
