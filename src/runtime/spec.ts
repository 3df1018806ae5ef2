import { capabilitySets, containerCapabilities } from "./capabilities.ts";
import { MASKED_PATHS, READONLY_PATHS } from "./default-spec.ts";
import { type ContainerDevice, hostDevices, mappedDevices } from "./devices.ts";
import { specRlimit } from "./rlimits.ts";
import type { RuntimeSpec, SpecLinux, SpecProcess, SpecSeccomp } from "./runtime-spec.ts";
import { defaultSeccomp } from "./seccomp.ts";
import { resolveProfile } from "./seccomp-profile.ts";
import { createMounts, rootfsPropagation } from "./spec-mounts.ts";
import type { NamespaceMode, SpecOptions } from "./spec-options.ts";
import { createResources } from "./spec-resources.ts";

const OCI_VERSION = "1.0.2";

/**
 * The config.json of a container as Docker makes it by default (runtime-spec, config.md and
 * config-linux.md). Fails with `invalid-argument` for a capability or a device that is none.
 */
export function createSpec(options: SpecOptions): RuntimeSpec {
  const capabilities = containerCapabilities({
    privileged: options.privileged ?? false,
    add: options.capAdd ?? [],
    drop: options.capDrop ?? [],
  });
  const privateUts = (options.uts ?? "private") === "private";
  return {
    ociVersion: OCI_VERSION,
    process: createProcess(options, capabilities),
    root: { path: options.rootfs, readonly: options.readOnlyRootfs ?? false },
    ...(privateUts && options.hostname ? { hostname: options.hostname } : {}),
    mounts: createMounts(options),
    ...(options.annotations ? { annotations: { ...options.annotations } } : {}),
    linux: createLinux(options, capabilities),
  };
}

function createProcess(options: SpecOptions, capabilities: string[]): SpecProcess {
  const { user, terminal, oomScoreAdj, apparmorProfile } = options;
  const { uid, gid, home } = user;
  const additionalGids = [...user.additionalGids, ...(options.additionalGids ?? [])];
  const hasHome = options.env.some((entry) => entry.startsWith("HOME="));
  return {
    terminal: terminal !== undefined,
    ...(terminal && { consoleSize: { height: terminal.rows, width: terminal.columns } }),
    user: { uid, gid, ...(additionalGids.length > 0 && { additionalGids }) },
    args: [...options.args],
    env: hasHome ? [...options.env] : [...options.env, `HOME=${home}`],
    cwd: options.cwd,
    capabilities: capabilitySets(uid, capabilities),
    ...(options.rlimits && { rlimits: options.rlimits.map(specRlimit) }),
    noNewPrivileges: options.noNewPrivileges ?? false,
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    ...(apparmorProfile === undefined ? {} : { apparmorProfile }),
  };
}

function createLinux(options: SpecOptions, capabilities: string[]): SpecLinux {
  const { privileged = false, host, cgroupPath } = options;
  const devices = createDevices(options);
  const seccomp = chooseSeccomp(options, capabilities);
  const sysctl = createSysctl(options);
  const propagation = rootfsPropagation(options.mounts ?? []);
  return {
    namespaces: createNamespaces(options),
    ...(host.cgroups === "none" ? {} : { resources: createResources(options, devices) }),
    ...(host.cgroups === "none" || cgroupPath === undefined ? {} : { cgroupsPath: cgroupPath }),
    ...(devices.length > 0 && { devices: devices.map(({ node }) => node) }),
    ...(seccomp && { seccomp }),
    maskedPaths: [...(options.maskedPaths ?? (privileged ? [] : MASKED_PATHS))],
    readonlyPaths: [...(options.readonlyPaths ?? (privileged ? [] : READONLY_PATHS))],
    ...(Object.keys(sysctl).length > 0 && { sysctl }),
    ...(propagation && { rootfsPropagation: propagation }),
  };
}

function chooseSeccomp(
  { seccomp, privileged }: SpecOptions,
  capabilities: string[],
): SpecSeccomp | undefined {
  if (seccomp === "unconfined" || (seccomp === undefined && privileged)) return undefined;
  return seccomp ? resolveProfile(seccomp, capabilities) : defaultSeccomp(capabilities);
}

/** A privileged container has all of the host's, and those mapped to another place. */
function createDevices({ privileged, host, devices = [] }: SpecOptions): ContainerDevice[] {
  if (!privileged || host.rootless) return mappedDevices(devices);
  const moved = devices.filter(({ hostPath, path }) => hostPath !== path);
  return [...hostDevices(), ...mappedDevices(moved)];
}

/** Docker lets any process of a container with a network of its own ping and use low ports. */
function createSysctl(options: SpecOptions): Record<string, string> {
  const { network, sharesNetwork, host, uts = "private", domainname, sysctl } = options;
  const own = network !== "host" && !sharesNetwork;
  return {
    ...(own && { "net.ipv4.ip_unprivileged_port_start": "0" }),
    // In a user namespace most of these groups do not exist.
    ...(own && !host.rootless && { "net.ipv4.ping_group_range": "0 2147483647" }),
    // Not every runtime knows config.json's own field for it.
    ...(domainname && uts === "private" && { "kernel.domainname": domainname }),
    ...sysctl,
  };
}

function createNamespaces(options: SpecOptions): SpecLinux["namespaces"] {
  const { host, network, pid, ipc, uts } = options;
  const cgroup = options.cgroupNamespace ?? (host.cgroups === "v2" ? "private" : "host");
  return [
    { type: "mount" },
    ...namespaceOf("network", network),
    ...namespaceOf("uts", uts),
    ...namespaceOf("pid", pid),
    ...namespaceOf("ipc", ipc),
    ...namespaceOf("cgroup", cgroup),
  ];
}

function namespaceOf(type: string, mode: NamespaceMode = "private"): SpecLinux["namespaces"] {
  if (mode === "host") return [];
  return [mode === "private" ? { type } : { type, path: mode.path }];
}
