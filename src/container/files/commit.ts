import { addLayer, changeConfig, commitImage, familiar, parseTarget, readConfig } from "#image";
import {
  type DiffId,
  type Digest,
  type HistoryEntry,
  hostPlatform,
  type ImageConfig,
  type Platform,
  PROCESS_CONFIG_FIELDS,
  type ProcessConfig,
} from "#oci";
import type { Lease } from "#state";
import type { CommitOptions } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import type { Container } from "../record.ts";
import { freezeContainer } from "./freeze.ts";
import { lockExisting } from "./locked-container.ts";
import { mountStubs } from "./stubs.ts";
import { writtenSnapshot } from "./written-snapshot.ts";

/** A tar of nothing: two blocks of zeros. */
const EMPTY_TAR_BYTES = 1024;

/** Makes an image of a container, of whose layers the topmost is what it has changed. */
export async function commitContainer(
  store: ContainerStore,
  { id, name }: Pick<Container, "id" | "name">,
  options: CommitOptions,
): Promise<{ id: Digest }> {
  const names = options.name ? [parseTarget(options.name)] : [];
  using lease = store.state.leases.open(`commit ${id}`);
  const { container, config, layer } = await takeChanges(store, { id, name }, options, lease);
  const image = await imageOf(store, container, config, layer, options);
  const committed = await commitImage(store, { config: image, names }, lease);
  noteEvent(store, container, "commit", {
    comment: options.message ?? "",
    imageID: committed.id,
    imageRef: names.map(familiar).join(),
  });
  return { id: committed.id };
}

interface Taken {
  readonly container: Container;
  readonly config: ProcessConfig;
  /** None when nothing was changed. */
  readonly layer: DiffId | undefined;
}

async function takeChanges(
  store: ContainerStore,
  named: Pick<Container, "id" | "name">,
  { changes = [], config: over, pause = true, signal }: CommitOptions,
  lease: Lease,
): Promise<Taken> {
  await using locked = await lockExisting(store, named);
  const { container } = locked;
  const { record, status } = container;
  // A change that is wrong is told before anything stands still.
  const config = changeConfig(imageConfig({ ...record.config, ...over }), changes);
  lease.hold("layer", ...record.layers);
  const snapshot = await writtenSnapshot(store, container, lease);
  if (snapshot === undefined) return { container, config, layer: undefined };
  // Nothing can freeze the container of an ordinary user; as with Podman it goes on then.
  const isFrozen = pause && status === "running" && store.runtime.cgroups !== "none";
  await using _ = isFrozen ? await freezeContainer(store, container) : undefined;
  const more = signal ? { signal } : {};
  const tar = snapshot.diff({ stubs: mountStubs(record), ...more });
  const row = await addLayer(store, tar, lease, more);
  return { container, config, layer: row.blobSize > EMPTY_TAR_BYTES ? row.diffId : undefined };
}

/** The fields that belong to an image, as far as they say something. */
function imageConfig(config: ProcessConfig): ProcessConfig {
  const said = PROCESS_CONFIG_FIELDS.map((field) => [field, config[field]] as const);
  return Object.fromEntries(said.filter(([, value]) => !isNothing(value)));
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

async function imageOf(
  store: ContainerStore,
  container: Container,
  config: ProcessConfig,
  layer: DiffId | undefined,
  { author, message }: CommitOptions,
): Promise<ImageConfig> {
  const { record } = container;
  const { history, ...base } = await baseOf(store, container);
  const created = new Date().toISOString();
  const line: HistoryEntry = {
    created,
    ...(author && { author }),
    created_by: (record.config.Cmd ?? []).join(" "),
    ...(message && { comment: message }),
    ...(layer === undefined && { empty_layer: true }),
  };
  return {
    ...base,
    created,
    ...(author && { author }),
    config,
    rootfs: { type: "layers", diff_ids: [...record.layers, ...(layer ? [layer] : [])] },
    history: [...history, line],
  };
}

/** What it has of the image that the container was made from; that may be gone by now. */
async function baseOf(
  { content, state }: ContainerStore,
  { image, record }: Container,
): Promise<Platform & { readonly history: readonly HistoryEntry[] }> {
  const unknown = record.layers.map((): HistoryEntry => ({}));
  if (image === undefined || !state.images.get(image))
    return { ...hostPlatform(), history: unknown };
  const {
    architecture,
    os,
    variant,
    history = unknown,
    ...rest
  } = await readConfig(content, image);
  const { "os.version": version, "os.features": features } = rest;
  return {
    architecture,
    os,
    ...(variant !== undefined && { variant }),
    ...(version !== undefined && { "os.version": version }),
    ...(features !== undefined && { "os.features": features }),
    history,
  };
}
