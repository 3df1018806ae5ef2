import { booleanFilter, checkFilterKeys, labelFilter } from "#filters";
import type { Digest } from "#oci";
import type { State } from "#state";
import { labelsOf, notePrune, noteRemoval } from "./events.ts";
import { timeFilter } from "./filters.ts";
import { collectGarbage } from "./gc.ts";
import { layersOf } from "./holdings.ts";
import type { ImagePruneOptions, PruneReport, Removal } from "./image-service.ts";
import type { ImageStore } from "./image-store.ts";
import { readConfig } from "./read-image.ts";
import { deletions } from "./remove.ts";
import { familiar } from "./resolve.ts";

const FILTERS = ["dangling", "label", "label!", "until"];

/**
 * Removes images without a tag, or with `all` every one that no container was made from; and what
 * pulls that did not come to their end have left.
 */
export async function pruneImages(
  store: ImageStore,
  options: ImagePruneOptions = {},
): Promise<PruneReport> {
  const { filters = {} } = options;
  checkFilterKeys(filters, FILTERS);
  const danglingOnly = booleanFilter(filters, "dangling") ?? !options.all;
  const chosen = await chooseImages(store, danglingOnly, filters);
  const images = await Promise.all(chosen.map((id) => describe(store, id)));
  const removed = store.state.transaction(() =>
    images.flatMap((image) => removeUnused(store.state, image, danglingOnly) ?? []),
  );
  const { bytes, needed } = await collectGarbage(store);
  const partial = await store.content.prunePartial(Date.now());
  const removals = removed.flatMap(({ id, names, layers }) => [
    ...names.map((name) => ({ untagged: familiar(name) })),
    ...deletions(id, layers, needed),
  ]);
  const reclaimed = bytes + partial;
  notePrune(store.state, "image", reclaimed);
  return { removals: eachOnce(removals), reclaimed };
}

/** A layer of several images that went is gone once. */
function eachOnce(removals: readonly Removal[]): Removal[] {
  return [...new Map(removals.map((removal) => [JSON.stringify(removal), removal])).values()];
}

async function chooseImages(
  store: ImageStore,
  danglingOnly: boolean,
  filters: NonNullable<ImagePruneOptions["filters"]>,
): Promise<Digest[]> {
  const inTime = timeFilter(store.state, filters, Date.now());
  const hasLabels = labelFilter(filters);
  const wantsLabels = filters.label !== undefined || filters["label!"] !== undefined;
  const chosen: Digest[] = [];
  for (const image of store.state.images.list()) {
    if (!inTime(image) || !isUnused(store.state, image.id, danglingOnly)) continue;
    const labels = wantsLabels ? (await readConfig(store.content, image.id)).config?.Labels : {};
    if (hasLabels(labels ?? {})) chosen.push(image.id);
  }
  return chosen;
}

/** What is to be known of an image once it is gone. */
async function describe(store: ImageStore, id: Digest) {
  const [layers, labels] = [await layersOf(store.content, id), await labelsOf(store, id)];
  return { id, layers, labels };
}

/** Looks again: a container or a tag may have come since the image was chosen. */
function removeUnused(
  state: State,
  image: Awaited<ReturnType<typeof describe>>,
  danglingOnly: boolean,
) {
  const { id } = image;
  if (!isUnused(state, id, danglingOnly)) return undefined;
  const names = state.names.of(id);
  for (const name of names) state.names.delete(name);
  if (!state.images.delete(id)) return undefined;
  noteRemoval(state, image, { names: names.length, isDeleted: true });
  return { ...image, names };
}

function isUnused(state: State, id: Digest, danglingOnly: boolean): boolean {
  const isTagged = state.names.of(id).some((name) => !name.includes("@"));
  const isUsed =
    state.containers.list().some((container) => container.image === id) ||
    state.images.uses().some(({ image }) => image === id);
  return !isUsed && !(danglingOnly && isTagged);
}
