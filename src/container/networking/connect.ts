import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";
import { saveContainer } from "../finish.ts";
import type { EndpointConfig } from "../host-config.ts";
import { lockContainer } from "../lock.ts";
import { type Container, type ContainerRecord, parseContainer } from "../record.ts";
import { isUp } from "../status.ts";
import { endpointRequest } from "./attach.ts";
import { checkEndpoint, checkShared } from "./choose-networks.ts";
import { updateNameFiles } from "./name-files.ts";

/** Adds a container to a network, at once when it is up. */
export async function connectNetwork(
  store: ContainerStore,
  { id }: Container,
  name: string,
  asked: EndpointConfig,
): Promise<void> {
  await using _ = await lockContainer(store, id);
  const container = readContainer(store, id);
  const network = store.network.find(name);
  const { networks = {} } = container.record;
  checkShared(network);
  for (const other of Object.keys(networks)) checkShared(store.network.find(other));
  refuseSharer(container);
  checkEndpoint(network, asked);
  if (isUp(container.status)) {
    if (networks[network.name])
      fail(
        "permission-denied",
        `endpoint with name ${container.name} already exists in network ${network.name}`,
      );
    await store.network.connect(id, endpointRequest(network.name, asked));
  }
  save(store, container, { ...networks, [network.name]: asked });
}

/** Takes it off. */
export async function disconnectNetwork(
  store: ContainerStore,
  { id }: Container,
  name: string,
  { force = false }: { force?: boolean },
): Promise<void> {
  await using _ = await lockContainer(store, id);
  const container = readContainer(store, id);
  const { networks = {} } = container.record;
  const known = force && networks[name] ? { name } : store.network.find(name);
  if ("driver" in known && known.driver === "host") checkShared(known);
  const { [known.name]: asked, ...rest } = networks;
  if (asked === undefined)
    fail("not-found", `container ${id} is not connected to network ${known.name}`);
  if (isUp(container.status)) await store.network.disconnect(id, known.name);
  save(store, container, rest);
}

function save(
  store: ContainerStore,
  container: Container,
  networks: Readonly<Record<string, EndpointConfig>>,
): void {
  const { id, status, record } = container;
  const endpoints: ContainerRecord["endpoints"] = isUp(status)
    ? store.network.endpoints(id)
    : undefined;
  if (endpoints) updateNameFiles(store, container, endpoints);
  saveContainer(store, { ...container, record: { ...record, networks, endpoints } });
}

/** One that shares another container's network has none of its own to change. */
function refuseSharer({ record }: Container): void {
  if (record.hostConfig.NetworkMode?.startsWith("container:"))
    fail(
      "conflict",
      "container sharing network namespace with another container or host cannot be connected to any other network",
    );
}

function readContainer({ state }: ContainerStore, id: string): Container {
  const row = state.containers.get(id) ?? fail("not-found", `No such container: ${id}`);
  return parseContainer(row);
}
