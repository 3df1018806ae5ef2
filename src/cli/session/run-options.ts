import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type CreateOptions,
  type HostConfig,
  type LogConfig,
  parseEnvFile,
  resolveVariable,
  type TerminalSize,
} from "#container";
import { fail } from "#errors";
import type { FlagValues } from "../flags/index.ts";
import { failOnFile } from "../system-error.ts";
import { attachedStreams } from "./attach-flag.ts";
import type { containerFlags } from "./container-flags.ts";
import { healthOptions } from "./health-flags.ts";
import { isolationOptions } from "./isolation-flags.ts";
import { labelsOf } from "./labels.ts";
import { mountOptions } from "./mount-flags.ts";
import { networkOptions } from "./network-flags.ts";
import { resourceOptions } from "./resource-flags.ts";
import { parseRestartPolicy } from "./restart-flag.ts";

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
      ...isolationOptions(flags, surroundings.directory),
    },
    networkingConfig: network.networkingConfig,
  };
}

function processConfig(flags: Flags, { directory, variable }: Surroundings) {
  const health = healthOptions(flags);
  const streams = attachedStreams(flags.attach, flags.interactive);
  const read = (path: string) => readText(directory, path);
  const variables = flags.envFile.flatMap((path) => parseEnvFile(read(path), variable));
  const labels = flags.labelFile.flatMap((path) => parseEnvFile(read(path), () => ""));
  return {
    ...(flags.entrypoint !== undefined && { Entrypoint: [flags.entrypoint] }),
    Env: [...variables, ...flags.env.map((entry) => resolveVariable(entry, variable))],
    Labels: labelsOf([...labels, ...flags.label]),
    Hostname: flags.hostname ?? "",
    ...(flags.domainname && { Domainname: flags.domainname }),
    User: flags.user ?? "",
    WorkingDir: checkWorkdir(flags.workdir),
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive,
    AttachStdin: streams.has("stdin"),
    AttachStdout: streams.has("stdout"),
    AttachStderr: streams.has("stderr"),
    ...(health && { Healthcheck: health }),
    ...(flags.stopSignal !== undefined && { StopSignal: flags.stopSignal }),
    ...(flags.stopTimeout !== undefined && { StopTimeout: flags.stopTimeout }),
  };
}

function hostConfig(flags: Flags, { terminal, directory }: Surroundings): HostConfig {
  const RestartPolicy = parseRestartPolicy(flags.restart);
  if (flags.rm && !["", "no"].includes(RestartPolicy.Name))
    fail("invalid-argument", "conflicting options: cannot specify both --restart and --rm");
  return {
    AutoRemove: flags.rm,
    RestartPolicy,
    LogConfig: logConfig(flags),
    ...(flags.init && { Init: true }),
    ...(flags.cidfile && { ContainerIDFile: resolve(directory, flags.cidfile) }),
    ...(flags.tty && terminal && { ConsoleSize: [terminal.rows, terminal.columns] as const }),
  };
}

function logConfig({ logDriver = "", logOpt }: Flags): LogConfig {
  if (logDriver === "none" && logOpt.length > 0)
    fail("invalid-argument", "invalid logging opts for driver none");
  return { Type: logDriver, Config: Object.fromEntries(logOpt.map(parseLogOption)) };
}

function parseLogOption(text: string): [key: string, value: string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
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
