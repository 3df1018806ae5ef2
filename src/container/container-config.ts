import { fail } from "#errors";
import type { ProcessConfig } from "#oci";
import { mergeHealth } from "./health/health-config.ts";

/** What to run, in the names of Docker's API: the image's config with what the user asks for. */
export interface ContainerConfig extends ProcessConfig {
  readonly Hostname?: string;
  readonly Domainname?: string;
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly Tty?: boolean;
  readonly OpenStdin?: boolean;
  readonly StdinOnce?: boolean;
  /** Seconds that `stop` waits before it kills; 10 when absent, -1 waits for ever. */
  readonly StopTimeout?: number;
  /** No network but loopback. */
  readonly NetworkDisabled?: boolean;
  readonly MacAddress?: string;
  /** The image as the user wrote it. */
  readonly Image: string;
}

/**
 * The user's config with the image's where the user says nothing. An entrypoint of the user's
 * drops the image's command with its entrypoint; `[""]` asks for none at all. Fails with
 * `invalid-argument` when nothing is left to run.
 */
export function mergeConfig(user: ContainerConfig, of: ProcessConfig = {}): ContainerConfig {
  // What a later build is to do is no matter of the container, nor of an image made of it.
  const { OnBuild: _, ...image } = of;
  const Entrypoint = presentList(user.Entrypoint) ?? presentList(image.Entrypoint) ?? [];
  const ownCommand = presentList(user.Cmd) ?? presentList(user.Entrypoint);
  const Cmd = ownCommand === undefined ? (image.Cmd ?? []) : (user.Cmd ?? []);
  const Healthcheck = mergeHealth(user.Healthcheck, image.Healthcheck);
  const merged = {
    ...image,
    ...withoutUndefined(user),
    ...(Healthcheck && { Healthcheck }),
    Entrypoint: isCleared(Entrypoint) ? [] : Entrypoint,
    Cmd,
    Env: mergeEnvironment(image.Env ?? [], user.Env ?? []),
    Labels: { ...image.Labels, ...user.Labels },
    ExposedPorts: { ...image.ExposedPorts, ...user.ExposedPorts },
    Volumes: { ...image.Volumes, ...user.Volumes },
    User: user.User || image.User || "",
    WorkingDir: user.WorkingDir || image.WorkingDir || "",
    StopSignal: user.StopSignal || image.StopSignal || "",
  };
  if (commandLine(merged).length === 0) fail("invalid-argument", "no command specified");
  return merged;
}

/** The arguments of the first process. */
export function commandLine({ Entrypoint, Cmd }: ProcessConfig): string[] {
  return [...(Entrypoint ?? []), ...(Cmd ?? [])];
}

/** The user's variables first, then the image's that the user does not name, as Docker orders them. */
export function mergeEnvironment(image: readonly string[], user: readonly string[]): string[] {
  const named = new Set(user.map(nameOf));
  return [...user, ...image.filter((entry) => !named.has(nameOf(entry)))];
}

/** The environment of a process: a name alone, without `=`, takes a variable away. */
export function applyEnvironment(base: readonly string[], over: readonly string[]): string[] {
  const variables = new Map(base.map((entry) => [nameOf(entry), entry]));
  for (const entry of over) {
    if (entry.includes("=")) variables.set(nameOf(entry), entry);
    else variables.delete(entry);
  }
  return [...variables.values()];
}

/** What every process finds in its environment, unless image or user say otherwise. */
export function baseEnvironment(hostname: string, tty: boolean): string[] {
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return [path, `HOSTNAME=${hostname}`, ...(tty ? ["TERM=xterm"] : [])];
}

function presentList(list: readonly string[] | null | undefined): readonly string[] | undefined {
  return list && list.length > 0 ? list : undefined;
}

function isCleared(entrypoint: readonly string[]): boolean {
  return entrypoint.length === 1 && entrypoint[0] === "";
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.includes("=") ? entry.indexOf("=") : entry.length);
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
