/**
 * How the host serves a container, in the names and units of Docker's API (HostConfig of
 * `POST /containers/create`). Sizes are bytes.
 */
export interface HostConfig extends Resources {
  /** `SOURCE:TARGET[:OPTIONS]`: a host directory, or a volume by its name. */
  readonly Binds?: readonly string[] | null;
  readonly Mounts?: readonly MountConfig[] | null;
  /** Options by target. */
  readonly Tmpfs?: Readonly<Record<string, string>> | null;
  /** `CONTAINER[:ro|rw]` */
  readonly VolumesFrom?: readonly string[] | null;
  readonly VolumeDriver?: string;
  readonly ContainerIDFile?: string;
  readonly LogConfig?: LogConfig;
  /** `bridge` (also `default`), `none`, `host`, `container:NAME|ID`, or a network's name or ID. */
  readonly NetworkMode?: string;
  /** By `80/tcp`. */
  readonly PortBindings?: Readonly<Record<string, readonly PortBinding[] | null>> | null;
  readonly PublishAllPorts?: boolean;
  readonly RestartPolicy?: RestartPolicy;
  readonly AutoRemove?: boolean;
  readonly CapAdd?: readonly string[] | null;
  readonly CapDrop?: readonly string[] | null;
  /** `private` or `host`. */
  readonly CgroupnsMode?: string;
  readonly Dns?: readonly string[] | null;
  readonly DnsOptions?: readonly string[] | null;
  readonly DnsSearch?: readonly string[] | null;
  readonly ExtraHosts?: readonly string[] | null;
  readonly GroupAdd?: readonly string[] | null;
  /** `private`, `shareable`, `host`, `none`, `container:NAME|ID`. */
  readonly IpcMode?: string;
  /** `host`, `container:NAME|ID`; empty is its own. */
  readonly PidMode?: string;
  /** `host`; empty is its own. */
  readonly UTSMode?: string;
  readonly UsernsMode?: string;
  /** Legacy: `CONTAINER:ALIAS`. */
  readonly Links?: readonly string[] | null;
  readonly OomScoreAdj?: number;
  readonly Privileged?: boolean;
  readonly ReadonlyRootfs?: boolean;
  /** `seccomp=FILE-CONTENT|unconfined`, `no-new-privileges[=BOOL]`, `apparmor=…`, `label=…`. */
  readonly SecurityOpt?: readonly string[] | null;
  readonly StorageOpt?: Readonly<Record<string, string>> | null;
  readonly ShmSize?: number;
  readonly Sysctls?: Readonly<Record<string, string>> | null;
  readonly Runtime?: string;
  /** A small init as process 1, which reaps and passes signals on. */
  readonly Init?: boolean;
  /** GPUs and the like, which nothing here can give. */
  readonly DeviceRequests?: readonly object[] | null;
  readonly Annotations?: Readonly<Record<string, string>> | null;
  readonly MaskedPaths?: readonly string[] | null;
  readonly ReadonlyPaths?: readonly string[] | null;
  /** Rows and columns the terminal has at the start. */
  readonly ConsoleSize?: readonly [rows: number, columns: number];
}

/** Limits by control groups and setrlimit(2); 0 and absent are no limit. */
export interface Resources {
  readonly Memory?: number;
  readonly MemoryReservation?: number;
  /** Memory and swap together; -1 is no limit. */
  readonly MemorySwap?: number;
  readonly MemorySwappiness?: number | null;
  readonly KernelMemory?: number;
  readonly NanoCpus?: number;
  readonly CpuShares?: number;
  /** Microseconds. */
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
  readonly CpuRealtimePeriod?: number;
  readonly CpuRealtimeRuntime?: number;
  readonly CpusetCpus?: string;
  readonly CpusetMems?: string;
  readonly PidsLimit?: number | null;
  readonly BlkioWeight?: number;
  readonly BlkioWeightDevice?: readonly { readonly Path: string; readonly Weight: number }[] | null;
  readonly BlkioDeviceReadBps?: readonly ThrottleDevice[] | null;
  readonly BlkioDeviceWriteBps?: readonly ThrottleDevice[] | null;
  readonly BlkioDeviceReadIOps?: readonly ThrottleDevice[] | null;
  readonly BlkioDeviceWriteIOps?: readonly ThrottleDevice[] | null;
  readonly CgroupParent?: string;
  readonly Devices?: readonly DeviceConfig[] | null;
  /** `c 1:3 rwm` */
  readonly DeviceCgroupRules?: readonly string[] | null;
  readonly OomKillDisable?: boolean | null;
  readonly Ulimits?: readonly UlimitConfig[] | null;
}

export interface ThrottleDevice {
  readonly Path: string;
  readonly Rate: number;
}

export interface DeviceConfig {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  readonly CgroupPermissions: string;
}

export interface UlimitConfig {
  /** `nofile` */
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

export interface LogConfig {
  /** `json-file` (also `local`) or `none`. */
  readonly Type: string;
  /** `max-size`, `max-file`. */
  readonly Config?: Readonly<Record<string, string>>;
}

export interface PortBinding {
  readonly HostIp?: string;
  /** One port, a range to choose from, or empty for any. */
  readonly HostPort?: string;
}

export interface RestartPolicy {
  readonly Name: "" | "no" | "always" | "on-failure" | "unless-stopped";
  /** Of `on-failure`; 0 is no limit. */
  readonly MaximumRetryCount?: number;
}

/** One `--mount`. */
export interface MountConfig {
  readonly Type: "bind" | "volume" | "tmpfs" | "image";
  /** A host path, a volume's name (empty makes one without), an image. */
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly Consistency?: string;
  readonly BindOptions?: {
    readonly Propagation?: string;
    readonly NonRecursive?: boolean;
    readonly CreateMountpoint?: boolean;
    readonly ReadOnlyNonRecursive?: boolean;
    readonly ReadOnlyForceRecursive?: boolean;
  };
  readonly VolumeOptions?: {
    readonly NoCopy?: boolean;
    readonly Labels?: Readonly<Record<string, string>>;
    readonly DriverConfig?: {
      readonly Name?: string;
      readonly Options?: Readonly<Record<string, string>>;
    };
    readonly Subpath?: string;
  };
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number };
  readonly ImageOptions?: { readonly Subpath?: string };
}

/** What is asked of a container's place in networks, by their names (NetworkingConfig). */
export interface NetworkingConfig {
  readonly EndpointsConfig?: Readonly<Record<string, EndpointConfig | null>> | null;
}

export interface EndpointConfig {
  readonly IPAMConfig?: {
    readonly IPv4Address?: string;
    readonly IPv6Address?: string;
    readonly LinkLocalIPs?: readonly string[];
  } | null;
  readonly Links?: readonly string[] | null;
  readonly Aliases?: readonly string[] | null;
  readonly MacAddress?: string;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
}
