import { join } from "node:path";
import { hostPlatform } from "#oci";
import { activeSnapshot } from "../bundle.ts";
import { commandLine } from "../container-config.ts";
import type { ContainerInspect } from "../container-service.ts";
import { type ContainerStore, placesOf } from "../container-store.ts";
import { openSessions } from "../exec/session-end.ts";
import { readHealth } from "../health/health.ts";
import type { Container } from "../record.ts";
import { sizeOf } from "../size.ts";
import { describeConfig } from "./config.ts";
import { describeGraphDriver } from "./graph-driver.ts";
import { describeHostConfig } from "./host-config.ts";
import { describeMount } from "./mounts.ts";
import { describeNetworkSettings } from "./networks.ts";
import { describeState } from "./state.ts";
import { timestamp } from "./timestamp.ts";

/** Docker's JSON of a container, in its order; `size` adds what it takes on disk. */
export async function inspectContainer(
  store: ContainerStore,
  container: Container,
  options: { size?: boolean },
): Promise<ContainerInspect> {
  const { id, name, record, image = "", created } = container;
  const [Path, ...Args] = commandLine(record.config);
  const execs = openSessions(store, id);
  const size = options.size ? await sizeOf(store, container) : undefined;
  return {
    Id: id,
    Created: timestamp(created),
    ...{ Path, Args },
    State: describeState(container, readHealth(store.state, id)),
    Image: image,
    ...pathsOf(store, id),
    Name: `/${name}`,
    RestartCount: record.restartCount ?? 0,
    ...(await platformOf(store)),
    ...{ MountLabel: "", ProcessLabel: "", AppArmorProfile: "" },
    ExecIDs: execs.length > 0 ? execs : null,
    HostConfig: describeHostConfig(record.hostConfig),
    GraphDriver: await graphDriverOf(store, id),
    ...(size && { SizeRw: size.own, SizeRootFs: size.root }),
    Mounts: record.mounts.map(describeMount),
    Config: describeConfig(record.config),
    NetworkSettings: describeNetworkSettings(store, container),
  };
}

function pathsOf(store: ContainerStore, id: string) {
  const { bundle, log } = placesOf(store, id);
  return {
    ResolvConfPath: join(bundle, "resolv.conf"),
    HostnamePath: join(bundle, "hostname"),
    HostsPath: join(bundle, "hosts"),
    LogPath: log,
  };
}

async function platformOf(store: ContainerStore) {
  return { Driver: (await store.snapshotter()).driver, Platform: hostPlatform().os };
}

async function graphDriverOf(store: ContainerStore, id: string): Promise<object> {
  const snapshotter = await store.snapshotter();
  const { rootfs } = placesOf(store, id);
  return describeGraphDriver(snapshotter.driver, activeSnapshot(snapshotter, id), rootfs);
}
