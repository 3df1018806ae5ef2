/** The parts of the OCI runtime specification's config.json that we write (runtime-spec 1.0). */
export interface RuntimeSpec {
  ociVersion: string;
  process: SpecProcess;
  root: { path: string; readonly: boolean };
  hostname?: string;
  mounts: SpecMount[];
  annotations?: Record<string, string>;
  linux: SpecLinux;
}

export interface SpecProcess {
  terminal: boolean;
  consoleSize?: { height: number; width: number };
  user: { uid: number; gid: number; umask?: number; additionalGids?: number[] };
  args: string[];
  env: string[];
  cwd: string;
  capabilities?: SpecCapabilities;
  rlimits?: { type: string; soft: number; hard: number }[];
  noNewPrivileges: boolean;
  oomScoreAdj?: number;
  apparmorProfile?: string;
}

export interface SpecCapabilities {
  bounding: string[];
  effective?: string[];
  permitted?: string[];
}

export interface SpecMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

export interface SpecLinux {
  namespaces: { type: string; path?: string }[];
  resources?: SpecResources;
  cgroupsPath?: string;
  devices?: SpecDevice[];
  seccomp?: SpecSeccomp;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  sysctl?: Record<string, string>;
  rootfsPropagation?: string;
}

export interface SpecDevice {
  path: string;
  type: "c" | "b";
  major: number;
  minor: number;
  fileMode: number;
  uid: number;
  gid: number;
}

export interface DeviceRule {
  allow: boolean;
  type?: "a" | "c" | "b";
  major?: number;
  minor?: number;
  access: string;
}

export interface SpecResources extends ResourceLimits {
  devices: DeviceRule[];
}

/** The limits of `linux.resources` (runtime-spec, config-linux.md); what is absent is not changed. */
export interface ResourceLimits {
  /** Bytes. */
  memory?: {
    limit?: number;
    reservation?: number;
    /** Memory and swap together; -1 is no limit. */
    swap?: number;
    swappiness?: number;
    disableOOMKiller?: boolean;
  };
  /** Microseconds. */
  cpu?: {
    shares?: number;
    quota?: number;
    period?: number;
    realtimeRuntime?: number;
    realtimePeriod?: number;
    cpus?: string;
    mems?: string;
  };
  pids?: { limit: number };
  blockIO?: {
    weight?: number;
    weightDevice?: BlockDevice<"weight">[];
    throttleReadBpsDevice?: BlockDevice<"rate">[];
    throttleWriteBpsDevice?: BlockDevice<"rate">[];
    throttleReadIOPSDevice?: BlockDevice<"rate">[];
    throttleWriteIOPSDevice?: BlockDevice<"rate">[];
  };
}

/** A block device by its numbers, and what is set for it. */
export type BlockDevice<Value extends string> = {
  major: number;
  minor: number;
} & Record<Value, number>;

export interface SpecSeccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: readonly string[];
  flags?: readonly string[];
  syscalls: readonly SeccompRule[];
}

export interface SeccompRule {
  names: readonly string[];
  action: string;
  errnoRet?: number;
  args?: readonly { index: number; value: number; valueTwo?: number; op: string }[];
}
