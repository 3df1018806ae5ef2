import type { ContainerConfig } from "../container-config.ts";

/** Docker's Config in its order; what is undefined it leaves out. */
export function describeConfig(config: ContainerConfig): object {
  const { Hostname = "", Domainname = "", User = "", WorkingDir = "", Labels } = config;
  return {
    ...{ Hostname, Domainname, User },
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ExposedPorts: hasKeys(config.ExposedPorts) ? sorted(config.ExposedPorts) : undefined,
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: emptyAsNull(config.Env),
    Cmd: emptyAsNull(config.Cmd),
    Healthcheck: config.Healthcheck,
    Image: config.Image,
    Volumes: hasKeys(config.Volumes) ? sorted(config.Volumes) : null,
    WorkingDir,
    Entrypoint: emptyAsNull(config.Entrypoint),
    NetworkDisabled: config.NetworkDisabled || undefined,
    MacAddress: config.MacAddress || undefined,
    OnBuild: config.OnBuild ?? null,
    Labels: sorted(Labels ?? {}),
    StopSignal: config.StopSignal || undefined,
    StopTimeout: config.StopTimeout,
    Shell: config.Shell,
  };
}

/** As Go writes maps. */
function sorted(map: object): object {
  const entries = Object.entries(map);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function hasKeys(value: object | undefined): value is object {
  return value !== undefined && Object.keys(value).length > 0;
}

function emptyAsNull(list: readonly string[] | null | undefined): readonly string[] | null {
  return list && list.length > 0 ? list : null;
}
