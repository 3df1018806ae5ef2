import type { HistoryEntry, ImageConfig } from "#oci";
import type { State } from "#state";
import type { HistoryItem } from "./image-service.ts";
import type { ImageStore } from "./image-store.ts";
import { readConfig } from "./read-image.ts";
import { familiar, findImage, namesOf } from "./resolve.ts";

/** What made the image, newest step first; only the topmost step has the image's ID. */
export async function imageHistory(store: ImageStore, name: string): Promise<HistoryItem[]> {
  const { id } = findImage(store.state, name);
  const config = await readConfig(store.content, id);
  const items = historyOf(store.state, config).reverse();
  const tags = namesOf(store.state, id).tags.map(familiar);
  return items.map((item, index) => (index === 0 ? { ...item, id, tags } : item));
}

function historyOf(state: State, config: ImageConfig): HistoryItem[] {
  const sizes = config.rootfs.diff_ids.map((diffId) => state.layers.of(diffId)[0]?.size ?? 0);
  const items = (config.history ?? []).map((entry) =>
    itemOf(entry, entry.empty_layer ? 0 : (sizes.shift() ?? 0)),
  );
  // Layers that the history does not tell of still have their bytes.
  return [...items, ...sizes.map((size) => itemOf({}, size))];
}

function itemOf(entry: HistoryEntry, size: number): HistoryItem {
  return {
    id: undefined,
    created: entry.created === undefined ? 0 : Date.parse(entry.created) || 0,
    createdBy: entry.created_by ?? "",
    size,
    comment: entry.comment ?? "",
    tags: [],
  };
}
