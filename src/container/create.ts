import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { fail } from "#errors";
import type { ResolvedImage } from "#image";
import { bootId, parseSignal, processStart } from "#kernel";
import { checkExtraHost } from "#network";
import { checkTarget, parseBind } from "./bind.ts";
import { type ContainerConfig, type HostConfig, mergeConfig } from "./container-config.ts";
import type { CreateOptions } from "./container-service.ts";
import { type ContainerStore, placesOf } from "./container-store.ts";
import { checkName, createId, generateName, shortId } from "./names.ts";
import {
  type Container,
  formatContainer,
  type MountPoint,
  newRecord,
  type ProcessIdentity,
} from "./record.ts";

const MODES: readonly string[] = ["bridge", "none", "host"];

/** Records a new container; everything it needs is checked, nothing is made. */
export async function createContainer(
  store: ContainerStore,
  { name, config: asked, hostConfig = {}, transient = false }: CreateOptions,
): Promise<Container> {
  const image = await store.images.resolve(asked.Image);
  checkHostConfig(hostConfig);
  if (asked.StopSignal) parseSignal(asked.StopSignal);
  const id = createId();
  const own = hostConfig.NetworkMode === "host" ? hostname() : shortId(id);
  const Hostname = asked.Hostname || own;
  const config = mergeConfig({ ...asked, Hostname }, image.config.config);
  const mounts = mountPoints(config, hostConfig, join(placesOf(store, id).home, "volumes"));
  const layers = image.config.rootfs.diff_ids;
  const starter = transient ? ourselves() : undefined;
  const record = newRecord({ config, hostConfig, layers, mounts, starter });
  const chosen = name === undefined ? freeName(store) : checkName(name);
  const created = Date.now();
  const container = {
    id,
    name: chosen,
    image: image.id,
    status: "created",
    created,
    record,
  } as const;
  insert(store, image, container);
  return container;
}

/** The row keeps the image from here on, so that both happen at once. */
function insert({ state }: ContainerStore, image: ResolvedImage, container: Container): void {
  state.transaction(() => {
    if (!state.images.get(image.id)) fail("not-found", `No such image: ${image.id}`);
    const holder = state.containers.byName(container.name);
    if (holder) {
      fail(
        "conflict",
        `Conflict. The container name "/${container.name}" is already in use by container "${holder.id}". ` +
          "You have to remove (or rename) that container to be able to reuse that name.",
      );
    }
    state.containers.create(formatContainer(container));
  });
}

function freeName({ state }: ContainerStore): string {
  return generateName((name) => state.containers.byName(name) !== undefined);
}

function checkHostConfig(hostConfig: HostConfig): void {
  const { NetworkMode = "bridge", ExtraHosts = [], Dns = [] } = hostConfig;
  if (!MODES.includes(NetworkMode))
    fail("not-found", `network ${NetworkMode} not found: there are bridge, host and none`);
  for (const entry of ExtraHosts) checkExtraHost(entry);
  for (const server of Dns)
    if (isIP(server) === 0)
      fail("invalid-argument", `IP address is not correctly formatted: ${server}`);
}

/** What the user binds, and a volume without a name for each directory the image wants kept. */
function mountPoints(
  config: ContainerConfig,
  hostConfig: HostConfig,
  volumes: string,
): MountPoint[] {
  const binds = (hostConfig.Binds ?? []).map((text) => parseBind(text));
  const taken = new Set<string>();
  for (const { target } of binds) {
    if (taken.has(target)) fail("invalid-argument", `Duplicate mount point: ${target}`);
    taken.add(target);
  }
  // As Docker takes an image's: `VOLUME data` is /data.
  const wanted = Object.keys(config.Volumes ?? {}).map((path) =>
    checkTarget(join("/", path), path),
  );
  const anonymous = [...new Set(wanted)].filter((target) => !taken.has(target));
  return [
    ...binds.map((bind): MountPoint => ({ type: "bind", ...bind })),
    ...anonymous.map((target, index) => volume(target, join(volumes, `${index}`))),
  ];
}

function volume(target: string, source: string): MountPoint {
  return { type: "volume", source, target, readOnly: false, propagation: "", mode: "" };
}

function ourselves(): ProcessIdentity {
  const { pid } = process;
  return { pid, start: processStart(pid) ?? 0, boot: bootId() };
}
