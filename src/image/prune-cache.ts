import { booleanFilter, checkFilterKeys, type Filters, parseTimestamp } from "#filters";
import { type DiffId, hexOf } from "#oci";
import type { CacheRow } from "#state";
import { notePrune } from "./events.ts";
import { collectGarbage } from "./gc.ts";
import { layersOf } from "./holdings.ts";
import type { CachePruneOptions, CachePruneReport } from "./image-service.ts";
import type { ImageStore } from "./image-store.ts";

const FILTERS = ["until", "unused-for", "id", "shared"];

/**
 * Forgets remembered build steps and frees what only they needed: those whose layers no image
 * shares, or with `all` all of them; least recently used first, as long as more than `keep`
 * bytes stay.
 */
export async function pruneCache(
  store: ImageStore,
  options: CachePruneOptions = {},
): Promise<CachePruneReport> {
  const { filters = {}, keep = 0 } = options;
  checkFilterKeys(filters, FILTERS);
  const inImages = await layersOfImages(store);
  const wantsShared = booleanFilter(filters, "shared");
  const matches = (row: CacheRow) => {
    const shared = isShared(row, inImages);
    return (wantsShared ?? shared) === shared && (options.all || wantsShared || !shared);
  };
  const old = ageFilter(filters, Date.now());
  const records = store.state.transaction(() => {
    const rows = store.state.cache.list();
    const chosen = beyond(rows, keep).filter(
      (row) => old(row) && hasId(row, filters) && matches(row),
    );
    for (const { key } of chosen) store.state.cache.delete(key);
    return chosen.map(({ key }) => key);
  });
  const { bytes } = await collectGarbage(store);
  notePrune(store.state, "builder", bytes);
  return { records, reclaimed: bytes };
}

/** Whether an image holds all the layers that a record keeps. */
export function isShared({ layers }: CacheRow, inImages: ReadonlySet<DiffId>): boolean {
  return layers.length > 0 && layers.every((layer) => inImages.has(layer));
}

export async function layersOfImages({ content, state }: ImageStore): Promise<Set<DiffId>> {
  const stacks = await Promise.all(state.images.list().map(({ id }) => layersOf(content, id)));
  return new Set(stacks.flat());
}

/** What is left after the most recently used records that fit into `keep` bytes, oldest first. */
function beyond(rows: readonly CacheRow[], keep: number): CacheRow[] {
  if (keep === 0) return rows.toSorted((a, b) => a.used - b.used);
  let kept = 0;
  const byUse = rows.toSorted((a, b) => b.used - a.used);
  const isBeyond = ({ size }: CacheRow) => {
    kept += size;
    return kept > keep;
  };
  return byUse.filter(isBeyond).reverse();
}

function ageFilter(filters: Filters, now: number): (row: CacheRow) => boolean {
  const texts = [...(filters.until ?? []), ...(filters["unused-for"] ?? [])];
  const latest = Math.min(...texts.map((text) => parseTimestamp(text, now)));
  return ({ used }) => used <= latest;
}

function hasId({ key }: CacheRow, { id: wanted }: Filters): boolean {
  return !wanted || wanted.some((id) => key.startsWith(id) || hexOf(key).startsWith(id));
}
