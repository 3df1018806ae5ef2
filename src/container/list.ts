import type { Digest } from "#oci";
import { commandLine } from "./container-config.ts";
import type { ContainerSummary, ListOptions } from "./container-service.ts";
import type { ContainerStore } from "./container-store.ts";
import { healthStatus, readAllHealth } from "./health/health.ts";
import { imageNamed } from "./image-named.ts";
import { describeMount } from "./inspect/mounts.ts";
import { describeNetworks, networkIds } from "./inspect/networks.ts";
import { listFilter } from "./list-filter.ts";
import { listPorts } from "./ports.ts";
import { type Container, parseContainer } from "./record.ts";
import { isUp } from "./status.ts";

/** The containers of the store, newest first. */
export async function listContainers(
  store: ContainerStore,
  { all = false, last = 0, filters = {}, size = false }: ListOptions,
): Promise<ContainerSummary[]> {
  const containers = store.state.containers.list().map(parseContainer);
  const isWanted = listFilter(store, containers, filters);
  const isShown = ({ status }: Container) => isUp(status) || status === "restarting";
  const shown = all || last > 0 || filters.status ? containers : containers.filter(isShown);
  const describe = summarizer(store);
  const found = shown.map(describe).filter(isWanted);
  const listed = last > 0 ? found.slice(0, last) : found;
  return size ? Promise.all(listed.map((one) => withSize(store, one))) : listed;
}

async function withSize(store: ContainerStore, summary: ContainerSummary) {
  const { sizeOf } = await import("./size.ts");
  const { id, imageId: image } = summary;
  return { ...summary, size: await sizeOf(store, { id, image }) };
}

/** What all of them need is looked up once. */
function summarizer(store: ContainerStore): (container: Container) => ContainerSummary {
  const healthOf = readAllHealth(store.state);
  const ids = networkIds(store);
  const imageOf = imageFinder(store);
  return (container) => {
    const { id, name, image, status, created, record } = container;
    const { config, hostConfig } = record;
    return {
      ...{ id, name, created, state: status },
      image: imageOf(config.Image) === image ? config.Image : (image ?? config.Image),
      imageId: image,
      command: commandText(commandLine(config)),
      health: healthStatus(container, healthOf(id)),
      exitCode: record.exitCode,
      started: record.started,
      finished: record.finished,
      labels: config.Labels ?? {},
      networkMode: hostConfig.NetworkMode ?? "bridge",
      networks: describeNetworks(container, ids),
      ports: listPorts(record),
      mounts: record.mounts.map(describeMount),
    };
  };
}

/** As Docker writes it: arguments with a space in them are quoted, whatever else they have. */
function commandText([path = "", ...args]: readonly string[]): string {
  return [path, ...args.map((arg) => (arg.includes(" ") ? `'${arg}'` : arg))].join(" ");
}

/** The image that a name stands for now. */
function imageFinder({ state }: ContainerStore): (name: string) => Digest | undefined {
  const known = new Map<string, Digest | undefined>();
  return (name) => {
    if (!known.has(name)) known.set(name, imageNamed(state, name));
    return known.get(name);
  };
}
