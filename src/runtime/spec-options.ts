import type { CgroupLayout, WindowSize } from "#kernel";
import type { DeviceRule, ResourceLimits } from "./runtime-spec.ts";
import type { SeccompProfile } from "./seccomp-profile.ts";
import type { ResolvedUser } from "./user.ts";

/** A namespace of the container's own, none (it shares the host's), or one that exists. */
export type NamespaceMode = "private" | "host" | { readonly path: string };

/** What of the host decides how a container can be set up; a `Runtime` has both. */
export interface HostFacts {
  /** `none` also where control groups exist and we may not use them. */
  readonly cgroups: CgroupLayout;
  /** Whether we are root of a user namespace only. */
  readonly rootless: boolean;
}

export interface BindMount {
  readonly kind: "bind";
  readonly source: string;
  readonly target: string;
  readonly readOnly?: boolean;
  /** Makes what is mounted below it read-only as well (Linux 5.12). */
  readonly readOnlyBelow?: boolean;
  /** With what is mounted below the source; the default. */
  readonly recursive?: boolean;
  readonly propagation?: "private" | "rprivate" | "slave" | "rslave" | "shared" | "rshared";
}

export interface TmpfsMount {
  readonly kind: "tmpfs";
  readonly target: string;
  /** Added to Docker's nosuid, nodev, noexec; `exec` and the like take one of them away. */
  readonly options?: readonly string[];
}

export type ContainerMount = BindMount | TmpfsMount;

/** A device of the host to be had in the container. */
export interface DeviceMapping {
  readonly hostPath: string;
  readonly path: string;
  /** Of `r`, `w` and `m`. */
  readonly permissions: string;
}

/** A resource limit by setrlimit(2): `RLIMIT_NOFILE` and so on; -1 is no limit. */
export interface RlimitOption {
  readonly type: string;
  readonly soft: number;
  readonly hard: number;
}

/** Everything about a container that its config.json depends on. */
export interface SpecOptions {
  readonly host: HostFacts;
  /** Path of the root file system. */
  readonly rootfs: string;
  readonly readOnlyRootfs?: boolean;
  readonly args: readonly string[];
  /** `NAME=value`, complete but for HOME, which comes from `user`. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: ResolvedUser;
  /** Of `--group-add`: beside the user's own. */
  readonly additionalGids?: readonly number[];
  /** A terminal, of this size. */
  readonly terminal?: WindowSize;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly network?: NamespaceMode;
  /** It is another container's, whose settings stay as they are. */
  readonly sharesNetwork?: boolean;
  readonly pid?: NamespaceMode;
  readonly ipc?: NamespaceMode;
  readonly uts?: NamespaceMode;
  readonly cgroupNamespace?: NamespaceMode;
  readonly privileged?: boolean;
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly noNewPrivileges?: boolean;
  /** Docker's default when absent. */
  readonly seccomp?: SeccompProfile | "unconfined";
  /** A profile that the kernel knows. */
  readonly apparmorProfile?: string;
  /** In place of Docker's; an empty list hides nothing. */
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly mounts?: readonly ContainerMount[];
  readonly devices?: readonly DeviceMapping[];
  /** What may be opened beside the default devices and `devices`. */
  readonly deviceRules?: readonly DeviceRule[];
  /** Of /dev/shm, in bytes; 0 leaves it out. */
  readonly shmSize?: number;
  readonly resources?: ResourceLimits;
  /** Absolute from the root of the control group tree. */
  readonly cgroupPath?: string;
  readonly rlimits?: readonly RlimitOption[];
  readonly oomScoreAdj?: number;
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
