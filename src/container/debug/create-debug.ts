import { fail, kindOf } from "#errors";
import type { ContainerConfig } from "../container-config.ts";
import type { CreatedContainer, DebugOptions } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import { createContainer } from "../create.ts";
import { lockExisting } from "../files/locked-container.ts";
import { findContainer } from "../find.ts";
import { saveContainer } from "../finish.ts";
import type { HostConfig } from "../host-config.ts";
import type { Container } from "../record.ts";
import { isUp } from "../status.ts";
import { prepareTools, type Tools } from "./tools.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * A container to be started, that looks into another one, or into an image, with tools beside.
 * Its root is the other one's very root; an image's is a copy that goes with it. Fails with
 * `not-found` when there is neither.
 */
export async function createDebug(
  store: ContainerStore,
  target: string,
  options: DebugOptions,
): Promise<CreatedContainer> {
  const container = findTarget(store, target);
  const image = await store.images.resolve(container?.image ?? target).catch((error: unknown) => {
    if (kindOf(error) !== "not-found") throw error;
    return fail("not-found", `No such container or image: ${target}`);
  });
  const layers = container?.record.layers ?? image.config.rootfs.diff_ids;
  const tools = await prepareTools(store, layers, options.tools);
  const created = await createContainer(store, {
    config: configOf(image.id, container, image.config.config?.Env, tools, options),
    hostConfig: {
      ...(container ? surroundingsOf(container) : {}),
      ...tools.mounts,
      AutoRemove: true,
      ...(options.consoleSize && { ConsoleSize: options.consoleSize }),
    },
    transient: true,
  });
  if (container) await pointAt(store, created, container.id);
  return created;
}

function findTarget({ state }: ContainerStore, target: string): Container | undefined {
  try {
    return findContainer(state.containers, target);
  } catch (error) {
    if (kindOf(error) === "not-found") return undefined;
    throw error;
  }
}

function configOf(
  image: string,
  container: Container | undefined,
  imageEnv: readonly string[] = [],
  tools: Tools,
  { command = [], tty = false, interactive = false }: DebugOptions,
): ContainerConfig {
  const env = container?.record.config.Env ?? imageEnv;
  const path = env.find((entry) => entry.startsWith("PATH=")) ?? PATH;
  const isRunning = container !== undefined && isUp(container.status);
  return {
    Image: image,
    Entrypoint: [""],
    Cmd: command.length > 0 ? command : [tools.shell],
    Env: [...env.filter((entry) => entry !== path), `${path}:${tools.path}`, ...tools.env],
    User: "0:0",
    WorkingDir: (isRunning && container.record.config.WorkingDir) || "/",
    Healthcheck: { Test: ["NONE"] },
    Tty: tty,
    OpenStdin: interactive,
    StdinOnce: interactive,
  };
}

/** What it shares with the container that it looks into. */
function surroundingsOf({ id, status, record }: Container): HostConfig {
  const { NetworkMode = "bridge", IpcMode = "", ...own } = record.hostConfig;
  const isAlone = NetworkMode === "none" || NetworkMode === "host";
  const privileges: HostConfig = {
    ...(own.Privileged && { Privileged: true }),
    CapAdd: [...(own.CapAdd ?? []), "SYS_PTRACE"],
    VolumesFrom: [id],
  };
  if (!isUp(status)) return { ...privileges, NetworkMode: isAlone ? NetworkMode : "bridge" };
  return {
    ...privileges,
    NetworkMode: NetworkMode === "host" ? "host" : `container:${id}`,
    PidMode: own.PidMode === "host" ? "host" : `container:${id}`,
    ...(own.UTSMode === "host" && { UTSMode: "host" }),
    // Docker's default keeps others out.
    ...(IpcMode === "shareable" && { IpcMode: `container:${id}` }),
    ...(IpcMode === "host" && { IpcMode }),
  };
}

async function pointAt(
  store: ContainerStore,
  created: CreatedContainer,
  target: string,
): Promise<void> {
  await using locked = await lockExisting(store, created);
  const { record, ...rest } = locked.container;
  saveContainer(store, { ...rest, record: { ...record, debug: { container: target } } });
}
