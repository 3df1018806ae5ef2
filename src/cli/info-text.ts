import type { Info } from "#engine";
import { bytesSize } from "./output/index.ts";
import { version } from "./version.ts";

type Line = readonly [label: string, value: string | number];

/** What `info` prints: Docker's labels where it has one for the same thing. */
export function infoText(info: Info): string {
  const { containers, storage, runtime } = info;
  const lines: Line[] = [
    ["Containers", containers.total],
    [" Running", containers.running],
    [" Paused", containers.paused],
    [" Stopped", containers.stopped],
    ["Images", info.images],
    ["Version", version],
    ["Storage Driver", storage.driver],
    ...driverStatus(info).map(([label, value]): Line => [` ${label}`, value]),
    ["Logging Driver", LOGGING],
    ["Cgroup Version", cgroupVersion(info)],
    [" Layout", info.cgroups],
    ["Network", info.network],
    ...Object.entries(PLUGINS).map(([kind, names]): Line => [`${kind} Plugins`, names.join(" ")]),
    ["Default Runtime", runtime.name],
    [" Path", runtime.path],
    [" Version", runtime.version],
    [" Reason", runtime.reason],
    ["Kernel Version", info.kernel],
    ["Operating System", info.operatingSystem],
    ["OSType", OS],
    ["Architecture", info.architecture],
    ["CPUs", info.cpus],
    ["Total Memory", bytesSize(info.memory)],
    ["Name", info.hostname],
    ["Root Dir", info.root],
    ["Rootless", String(info.rootless)],
  ];
  return lines
    .filter(([, value]) => value !== "")
    .map(([label, value]) => `${label}: ${value}\n`)
    .join("");
}

/** The same as a document with the names of Docker's `GET /info`. */
export function infoDocument(info: Info): object {
  const { containers, storage, runtime } = info;
  return {
    Containers: containers.total,
    ContainersRunning: containers.running,
    ContainersPaused: containers.paused,
    ContainersStopped: containers.stopped,
    Images: info.images,
    Driver: storage.driver,
    DriverStatus: driverStatus(info),
    Plugins: { ...PLUGINS, Authorization: null },
    LoggingDriver: LOGGING,
    CgroupVersion: cgroupVersion(info),
    KernelVersion: info.kernel,
    OperatingSystem: info.operatingSystem,
    OSType: OS,
    Architecture: info.architecture,
    NCPU: info.cpus,
    MemTotal: info.memory,
    DockerRootDir: info.root,
    Name: info.hostname,
    ServerVersion: version,
    Runtimes: { [runtime.name]: { path: runtime.path } },
    DefaultRuntime: runtime.name,
    SecurityOptions: info.rootless ? ["name=rootless"] : [],
  };
}

/** What there is for volumes, networks and logs, in Docker's names. */
const PLUGINS = {
  Volume: ["local"],
  Network: ["bridge", "host", "null"],
  Log: ["json-file", "local", "none"],
};
const LOGGING = "json-file";

/** All that shale runs on. */
const OS = "linux";

function driverStatus({ storage }: Info): [label: string, value: string][] {
  const drivers = storage.drivers.map(({ name, usable, reason }): [string, string] => {
    const state = usable ? "usable" : "not usable";
    return [`Driver ${name}`, reason ? `${state}: ${reason}` : state];
  });
  return [["Backing Filesystem", storage.backingFilesystem], ...drivers];
}

/** Which version the controllers are of; a hybrid layout has those of the first. */
function cgroupVersion({ cgroups }: Info): string {
  return { v1: "1", hybrid: "1", v2: "2" }[cgroups] ?? "";
}
