import { hostname } from "node:os";
import { fail } from "#errors";
import type { ResolvedImage } from "#image";
import { bootId, parseSignal, processStart } from "#kernel";
import { mergeConfig } from "./container-config.ts";
import type { CreatedContainer, CreateOptions } from "./container-service.ts";
import type { ContainerStore } from "./container-store.ts";
import { noteEvent } from "./events.ts";
import { chooseMounts } from "./mounts/choose-mounts.ts";
import { checkName, createId, generateName, shortId } from "./names.ts";
import { chooseNetworks } from "./networking/choose-networks.ts";
import { type Container, formatContainer, newRecord, type ProcessIdentity } from "./record.ts";
import { checkSettings } from "./settings/check-settings.ts";

/** Records a new container; everything it needs is checked, nothing is made. */
export async function createContainer(
  store: ContainerStore,
  { name, config: asked, hostConfig = {}, networkingConfig = {}, transient }: CreateOptions,
): Promise<CreatedContainer> {
  const image = await store.images.resolve(asked.Image);
  const warnings = checkSettings(store, asked, hostConfig);
  if (asked.StopSignal) parseSignal(asked.StopSignal);
  const id = createId();
  const own = hostConfig.NetworkMode === "host" ? hostname() : shortId(id);
  const Hostname = asked.Hostname || own;
  const config = mergeConfig({ ...asked, Hostname }, image.config.config);
  const mounts = await chooseMounts(store, config, hostConfig);
  const networks = chooseNetworks(store, config, hostConfig, networkingConfig);
  const layers = image.config.rootfs.diff_ids;
  const starter = transient ? ourselves() : undefined;
  const record = newRecord({ config, hostConfig, layers, mounts, networks, starter });
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
  return { id, name: chosen, warnings };
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
    for (const { name } of container.record.mounts)
      if (name !== undefined) state.volumes.use(name, container.id);
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
