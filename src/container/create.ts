import { hostname } from "node:os";
import { fail } from "#errors";
import type { ResolvedImage } from "#image";
import { bootId, parseSignal, processStart } from "#kernel";
import { mergeConfig } from "./container-config.ts";
import type { CreatedContainer, CreateOptions } from "./container-service.ts";
import type { ContainerStore } from "./container-store.ts";
import { noteEvent } from "./events.ts";
import { checkRestartPolicy } from "./life/restart-policy.ts";
import { parseLogConfig } from "./logs/log-config.ts";
import { type ChosenMounts, chooseMounts } from "./mounts/choose-mounts.ts";
import { claimMounts } from "./mounts/claims.ts";
import { checkName, createId, generateName, nameTaken, shortId } from "./names.ts";
import { checkNetworkMode, chooseNetworks, sharedHostname } from "./networking/choose-networks.ts";
import { type Container, formatContainer, newRecord, type ProcessIdentity } from "./record.ts";
import { checkSettings } from "./settings/check-settings.ts";

/** Records a new container; everything it needs is checked, nothing is made. */
export async function createContainer(
  store: ContainerStore,
  { name, config: asked, networkingConfig = {}, transient, recording, ...options }: CreateOptions,
): Promise<CreatedContainer> {
  const image = await store.images.resolve(asked.Image);
  const { hostConfig, warnings } = checkSettings(store, asked, options.hostConfig ?? {});
  parseLogConfig(hostConfig.LogConfig);
  const notes = checkNetworkMode(asked, hostConfig);
  if (asked.StopSignal) parseSignal(asked.StopSignal);
  checkRestartPolicy(hostConfig);
  const id = createId();
  const hosts = hostConfig.NetworkMode === "host" || hostConfig.UTSMode === "host";
  const own = hosts ? hostname() : (sharedHostname(store, hostConfig) ?? shortId(id));
  const Hostname = asked.Hostname || own;
  const config = mergeConfig({ ...asked, Hostname }, image.config.config);
  const mounts = await chooseMounts(store, config, hostConfig);
  const networks = chooseNetworks(store, config, hostConfig, networkingConfig);
  const layers = image.config.rootfs.diff_ids;
  const starter = transient ? ourselves() : undefined;
  const record = newRecord({
    ...{ config, hostConfig, layers, networks, starter, recording },
    mounts: mounts.points,
  });
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
  insert(store, image, container, mounts);
  return { id, name: chosen, warnings: [...warnings, ...notes] };
}

/** The row keeps the image from here on, so that both happen at once. */
function insert(
  store: ContainerStore,
  image: ResolvedImage,
  container: Container,
  mounts: ChosenMounts,
): void {
  const { state } = store;
  state.transaction(() => {
    if (!state.images.get(image.id)) fail("not-found", `No such image: ${image.id}`);
    const holder = state.containers.byName(container.name);
    if (holder) fail("conflict", nameTaken(holder));
    state.containers.create(formatContainer(container));
    claimMounts(store, container.id, mounts);
    noteEvent({ state }, container, "create");
  });
}

function freeName({ state }: ContainerStore): string {
  return generateName((name) => state.containers.byName(name) !== undefined);
}

function ourselves(): ProcessIdentity {
  const { pid } = process;
  return { pid, start: processStart(pid) ?? 0, boot: bootId() };
}
