import { MASKED_PATHS, READONLY_PATHS } from "#runtime";
import type { HostConfig } from "../host-config.ts";

/**
 * Docker's HostConfig in its order, with what it says where nothing was asked for. What it leaves
 * out of its JSON then is undefined here.
 */
const DEFAULTS = {
  ...{ Binds: null, ContainerIDFile: "", LogConfig: { Type: "json-file", Config: {} } },
  ...{ NetworkMode: "bridge", PortBindings: {} },
  ...{ RestartPolicy: { Name: "no", MaximumRetryCount: 0 }, AutoRemove: false },
  ...{ VolumeDriver: "", VolumesFrom: null, Annotations: undefined, CapAdd: null, CapDrop: null },
  ...{ CgroupnsMode: "", Dns: [], DnsOptions: [], DnsSearch: [], ExtraHosts: null },
  ...{ GroupAdd: null, IpcMode: "private", Cgroup: "", Links: null, OomScoreAdj: 0, PidMode: "" },
  ...{ Privileged: false, PublishAllPorts: false, ReadonlyRootfs: false, SecurityOpt: null },
  ...{ StorageOpt: undefined, Tmpfs: undefined, UTSMode: "", UsernsMode: "", ShmSize: 64 << 20 },
  ...{ Sysctls: undefined, Runtime: "", ConsoleSize: [0, 0], Isolation: "", CpuShares: 0 },
  ...{ Memory: 0, NanoCpus: 0, CgroupParent: "", BlkioWeight: 0, BlkioWeightDevice: [] },
  ...{ BlkioDeviceReadBps: null, BlkioDeviceWriteBps: null, BlkioDeviceReadIOps: null },
  ...{ BlkioDeviceWriteIOps: null, CpuPeriod: 0, CpuQuota: 0, CpuRealtimePeriod: 0 },
  ...{ CpuRealtimeRuntime: 0, CpusetCpus: "", CpusetMems: "", Devices: [] },
  ...{ DeviceCgroupRules: null, DeviceRequests: null, KernelMemory: 0, KernelMemoryTCP: 0 },
  ...{ MemoryReservation: 0, MemorySwap: 0, MemorySwappiness: null, OomKillDisable: false },
  ...{ PidsLimit: null, Ulimits: null, CpuCount: 0, CpuPercent: 0, IOMaximumIOps: 0 },
  ...{ IOMaximumBandwidth: 0, Mounts: undefined },
  ...{ MaskedPaths: MASKED_PATHS, ReadonlyPaths: READONLY_PATHS, Init: undefined },
};

/** What was asked of a container, complete. */
export function describeHostConfig(host: HostConfig): object {
  const asked = Object.entries(host).filter(([, value]) => !isEmpty(value));
  const open = host.Privileged ? { MaskedPaths: null, ReadonlyPaths: null } : {};
  const { LogConfig, RestartPolicy } = host;
  return {
    ...DEFAULTS,
    ...open,
    ...Object.fromEntries(asked),
    LogConfig: { ...DEFAULTS.LogConfig, ...nonEmpty(LogConfig) },
    RestartPolicy: { ...DEFAULTS.RestartPolicy, ...nonEmpty(RestartPolicy) },
  };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function nonEmpty(value: object = {}): object {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => !isEmpty(one)));
}
