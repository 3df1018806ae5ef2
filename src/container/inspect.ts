import { join } from "node:path";
import { hostPlatform } from "#oci";
import { type ContainerConfig, commandLine } from "./container-config.ts";
import type { ContainerInspect, MountDocument } from "./container-service.ts";
import { type ContainerStore, placesOf } from "./container-store.ts";
import type { HostConfig } from "./host-config.ts";
import type { Container, ContainerRecord, MountPoint } from "./record.ts";

const NEVER = "0001-01-01T00:00:00Z";

/** Where a container's files are, for those who look them up. */
export interface ContainerPlaces {
  readonly files: string;
  readonly log: string;
  readonly driver: string;
}

/** Docker's JSON of a container. */
export async function inspectContainer(
  store: ContainerStore,
  container: Container,
  _options: { size?: boolean },
): Promise<ContainerInspect> {
  const { bundle, log } = placesOf(store, container.id);
  const { driver } = await store.snapshotter();
  return describeContainer(container, { files: bundle, log, driver });
}

function describeContainer(container: Container, places: ContainerPlaces): ContainerInspect {
  const { id, name, record } = container;
  const [path, ...args] = commandLine(record.config);
  return {
    Id: id,
    Created: timestamp(container.created),
    Path: path,
    Args: args,
    State: describeState(container),
    Image: container.image ?? "",
    ResolvConfPath: join(places.files, "resolv.conf"),
    HostnamePath: join(places.files, "hostname"),
    HostsPath: join(places.files, "hosts"),
    LogPath: places.log,
    Name: `/${name}`,
    RestartCount: 0,
    Driver: places.driver,
    Platform: hostPlatform().os,
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: describeHostConfig(record.hostConfig),
    GraphDriver: { Data: null, Name: places.driver },
    Mounts: record.mounts.map(describeMount),
    Config: describeConfig(record.config),
    NetworkSettings: describeNetwork(record),
  };
}

function describeState({ status, record }: Container) {
  return {
    Status: status,
    Running: status === "running" || status === "paused",
    Paused: status === "paused",
    Restarting: false,
    OOMKilled: false,
    Dead: status === "dead",
    Pid: record.pid ?? 0,
    ExitCode: record.exitCode,
    Error: record.error,
    StartedAt: timestamp(record.started),
    FinishedAt: timestamp(record.finished),
  };
}

function describeHostConfig(host: HostConfig) {
  return {
    Binds: host.Binds ?? null,
    NetworkMode: host.NetworkMode ?? "bridge",
    PortBindings: {},
    RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
    AutoRemove: host.AutoRemove ?? false,
    CapAdd: host.CapAdd ?? null,
    CapDrop: host.CapDrop ?? null,
    Dns: host.Dns ?? [],
    DnsOptions: host.DnsOptions ?? [],
    DnsSearch: host.DnsSearch ?? [],
    ExtraHosts: host.ExtraHosts ?? null,
    Privileged: host.Privileged ?? false,
    ReadonlyRootfs: host.ReadonlyRootfs ?? false,
  };
}

function describeConfig(config: ContainerConfig) {
  return {
    Hostname: config.Hostname ?? "",
    Domainname: "",
    User: config.User ?? "",
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ...(hasKeys(config.ExposedPorts) && { ExposedPorts: config.ExposedPorts }),
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env ?? [],
    Cmd: emptyAsNull(config.Cmd),
    ...(config.Healthcheck && { Healthcheck: config.Healthcheck }),
    Image: config.Image,
    Volumes: hasKeys(config.Volumes) ? config.Volumes : null,
    WorkingDir: config.WorkingDir ?? "",
    Entrypoint: emptyAsNull(config.Entrypoint),
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? {},
    ...(config.StopSignal && { StopSignal: config.StopSignal }),
    ...(config.Shell && { Shell: config.Shell }),
  };
}

export function describeMount(mount: MountPoint): MountDocument {
  const { type, source, target, mode, readOnly, propagation } = mount;
  return {
    Type: type,
    Source: source,
    Destination: target,
    Mode: mode,
    RW: !readOnly,
    Propagation: type === "bind" ? propagation : "",
  };
}

function describeNetwork({ endpoints = {}, networks = {} }: ContainerRecord) {
  const [endpoint] = Object.values(endpoints);
  const place = {
    Gateway: endpoint?.gateway ?? "",
    IPAddress: endpoint?.address ?? "",
    IPPrefixLen: endpoint?.prefixLength ?? 0,
    MacAddress: endpoint?.mac ?? "",
  };
  const [mode = "bridge"] = Object.keys(networks);
  return { Ports: {}, ...place, Networks: { [mode]: place } };
}

function timestamp(milliseconds: number | undefined): string {
  return milliseconds === undefined ? NEVER : new Date(milliseconds).toISOString();
}

function hasKeys(value: object | undefined): value is object {
  return value !== undefined && Object.keys(value).length > 0;
}

function emptyAsNull(list: readonly string[] | null | undefined): readonly string[] | null {
  return list && list.length > 0 ? list : null;
}
