import type { Digest } from "#oci";
import { commandLine } from "./container-config.ts";
import type { ContainerSummary, ListOptions } from "./container-service.ts";
import type { ContainerStore } from "./container-store.ts";
import { describeMount } from "./inspect.ts";
import { type Container, parseContainer } from "./record.ts";
import { isUp } from "./status.ts";

/** The containers of the store, newest first. */
export async function listContainers(
  store: ContainerStore,
  { all = false }: ListOptions,
): Promise<ContainerSummary[]> {
  const containers = store.state.containers.list().map(parseContainer);
  const shown = containers.filter(({ status }) => all || isUp(status));
  const names = await resolveNames(
    store,
    shown.map(({ record }) => record.config.Image),
  );
  return shown.map((one) => summarize(one, names.get(one.record.config.Image)));
}

/** The image that each name stands for now. */
async function resolveNames(
  { images }: ContainerStore,
  names: readonly string[],
): Promise<Map<string, Digest | undefined>> {
  const found = [...new Set(names)].map(async (name) => {
    const image = await images.resolve(name).catch(() => undefined);
    return [name, image?.id] as const;
  });
  return new Map(await Promise.all(found));
}

/** A listing's entry. `named` is the image that the name it was made from stands for now. */
function summarize(
  { id, name, image, status, created, record }: Container,
  named: Digest | undefined,
): ContainerSummary {
  const { config, hostConfig } = record;
  return {
    id,
    name,
    image: named === image ? config.Image : (image ?? config.Image),
    imageId: image,
    command: commandLine(config).join(" "),
    created,
    state: status,
    health: "none",
    exitCode: record.exitCode,
    started: record.started,
    finished: record.finished,
    labels: config.Labels ?? {},
    networkMode: hostConfig.NetworkMode ?? "bridge",
    networks: record.networks ?? {},
    ports: [],
    mounts: record.mounts.map(describeMount),
  };
}
