import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type CreateOptions,
  type HostConfig,
  parseEnvFile,
  resolveVariable,
  type TerminalSize,
} from "#container";
import { fail } from "#errors";
import type { FlagValues } from "../flags/index.ts";
import { failOnFile } from "../system-error.ts";
import type { containerFlags } from "./container-flags.ts";
import { healthOptions } from "./health-flags.ts";
import { mountOptions } from "./mount-flags.ts";
import { networkOptions } from "./network-flags.ts";
import { resourceOptions } from "./resource-flags.ts";

/** What of the caller's surroundings a command line refers to. */
export interface Surroundings {
  readonly directory: string;
  /** The size of its terminal, if it has one. */
  readonly terminal: TerminalSize | undefined;
  variable(name: string): string | undefined;
}

type Flags = FlagValues<typeof containerFlags>;

/** What a command line of `run` asks the engine for. */
export function createOptionsOf(
  flags: Flags,
  [image = "", ...command]: readonly string[],
  surroundings: Surroundings,
): CreateOptions {
  const mounts = mountOptions(flags, surroundings.directory);
  const network = networkOptions(flags);
  const config = {
    ...processConfig(flags, surroundings),
    ...network.config,
    Image: image,
    Volumes: mounts.volumes,
  };
  return {
    ...(flags.name && { name: flags.name }),
    config: command.length > 0 ? { ...config, Cmd: command } : config,
    hostConfig: {
      ...hostConfig(flags, surroundings),
      ...mounts.hostConfig,
      ...network.hostConfig,
      ...resourceOptions(flags),
    },
    networkingConfig: network.networkingConfig,
  };
}

function processConfig(flags: Flags, { directory, variable }: Surroundings) {
  const health = healthOptions(flags);
  const read = (path: string) => readText(directory, path);
  const variables = flags.envFile.flatMap((path) => parseEnvFile(read(path), variable));
  const labels = flags.labelFile.flatMap((path) => parseEnvFile(read(path), () => ""));
  return {
    ...(flags.entrypoint !== undefined && { Entrypoint: [flags.entrypoint] }),
    Env: [...variables, ...flags.env.map((entry) => resolveVariable(entry, variable))],
    Labels: labelsOf([...labels, ...flags.label]),
    Hostname: flags.hostname ?? "",
    User: flags.user ?? "",
    WorkingDir: checkWorkdir(flags.workdir),
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive,
    AttachStdin: flags.interactive,
    AttachStdout: true,
    AttachStderr: true,
    ...(health && { Healthcheck: health }),
    ...(flags.stopSignal !== undefined && { StopSignal: flags.stopSignal }),
  };
}

function hostConfig(flags: Flags, { terminal }: Surroundings): HostConfig {
  return {
    AutoRemove: flags.rm,
    ReadonlyRootfs: flags.readOnly,
    Privileged: flags.privileged,
    CapAdd: flags.capAdd,
    CapDrop: flags.capDrop,
    ...(flags.tty && terminal && { ConsoleSize: [terminal.rows, terminal.columns] as const }),
  };
}

function labelsOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const end = entry.includes("=") ? entry.indexOf("=") : entry.length;
      if (end === 0) fail("invalid-argument", `invalid label '${entry}': empty name`);
      return [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}

function checkWorkdir(workdir: string | undefined): string {
  if (workdir && !workdir.startsWith("/"))
    fail(
      "invalid-argument",
      `the working directory '${workdir}' is invalid, it needs to be an absolute path`,
    );
  return workdir ?? "";
}

function readText(directory: string, path: string): string {
  try {
    return readFileSync(resolve(directory, path), "utf8");
  } catch (error) {
    return failOnFile((error as NodeJS.ErrnoException).syscall ?? "open", path, error);
  }
}
