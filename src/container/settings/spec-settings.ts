import { parseDeviceRule, resolveGroups, type SpecOptions } from "#runtime";
import { type ContainerStore, placesOf } from "../container-store.ts";
import type { DeviceConfig, HostConfig } from "../host-config.ts";
import type { Container } from "../record.ts";
import { cgroupPathOf } from "./cgroup-path.ts";
import { ipcNamespace, pidNamespace } from "./namespaces.ts";
import { resourcesOf } from "./resources-of.ts";
import { securityOf } from "./security.ts";
import { rlimitOf } from "./ulimits.ts";

/**
 * What of a container's config.json follows from its record beside mounts and networks. Its root
 * file system is mounted; other containers whose namespaces it shares have to run.
 */
export function specSettings(
  store: ContainerStore,
  { id, record }: Container,
): Partial<SpecOptions> {
  const { config, hostConfig } = record;
  const { GroupAdd } = hostConfig;
  return {
    ...namespacesOf(store, hostConfig),
    ...privilegesOf(hostConfig),
    ...pathsOf(hostConfig),
    ...(config.Domainname && { domainname: config.Domainname }),
    ...(GroupAdd?.length && {
      additionalGids: resolveGroups(GroupAdd, placesOf(store, id).rootfs),
    }),
    shmSize: hostConfig.IpcMode === "none" ? 0 : (hostConfig.ShmSize ?? 64 << 20),
    resources: resourcesOf(hostConfig),
    rlimits: (hostConfig.Ulimits ?? []).map(rlimitOf),
    ...oomScoreOf(store, hostConfig),
    ...(hostConfig.Sysctls && { sysctl: hostConfig.Sysctls }),
    ...(hostConfig.Annotations && { annotations: hostConfig.Annotations }),
    cgroupPath: cgroupPathOf({ id, record }),
  };
}

/** An ordinary user may not lower it, not even to zero. */
function oomScoreOf({ runtime }: ContainerStore, { OomScoreAdj = 0 }: HostConfig) {
  return runtime.rootless && OomScoreAdj === 0 ? {} : { oomScoreAdj: OomScoreAdj };
}

function namespacesOf(store: ContainerStore, hostConfig: HostConfig): Partial<SpecOptions> {
  const { UTSMode, CgroupnsMode, NetworkMode } = hostConfig;
  return {
    sharesNetwork: NetworkMode?.startsWith("container:") ?? false,
    pid: pidNamespace(store, hostConfig),
    ipc: ipcNamespace(store, hostConfig),
    uts: UTSMode === "host" ? "host" : "private",
    ...(CgroupnsMode && { cgroupNamespace: CgroupnsMode as "host" | "private" }),
  };
}

function privilegesOf(hostConfig: HostConfig): Partial<SpecOptions> {
  return {
    privileged: hostConfig.Privileged ?? false,
    capAdd: hostConfig.CapAdd ?? [],
    capDrop: hostConfig.CapDrop ?? [],
    ...securityOf(hostConfig),
    devices: (hostConfig.Devices ?? []).map(mappingOf),
    deviceRules: (hostConfig.DeviceCgroupRules ?? []).map(parseDeviceRule),
  };
}

function pathsOf({ ReadonlyRootfs, MaskedPaths, ReadonlyPaths }: HostConfig): Partial<SpecOptions> {
  return {
    readOnlyRootfs: ReadonlyRootfs ?? false,
    ...(MaskedPaths && { maskedPaths: MaskedPaths }),
    ...(ReadonlyPaths && { readonlyPaths: ReadonlyPaths }),
  };
}

function mappingOf({ PathOnHost, PathInContainer, CgroupPermissions }: DeviceConfig) {
  return {
    hostPath: PathOnHost,
    path: PathInContainer || PathOnHost,
    permissions: CgroupPermissions || "rwm",
  };
}
