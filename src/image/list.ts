import { booleanFilter, checkFilterKeys, labelFilter } from "#filters";
import type { Digest } from "#oci";
import type { ImageRow } from "#state";
import { referenceFilter, timeFilter } from "./filters.ts";
import type { ImageSummary, ListOptions } from "./image-service.ts";
import type { ImageStore } from "./image-store.ts";
import { readConfig } from "./read-image.ts";
import { familiar, sortNames } from "./resolve.ts";

const FILTERS = ["dangling", "label", "label!", "before", "since", "until", "reference"];

/** The images of the store, newest first, as `docker images` selects them. */
export async function listImages(
  store: ImageStore,
  options: ListOptions = {},
): Promise<ImageSummary[]> {
  const { filters = {} } = options;
  checkFilterKeys(filters, FILTERS);
  const inTime = timeFilter(store.state, filters, Date.now());
  const nameMatches = referenceFilter(filters);
  const dangling = booleanFilter(filters, "dangling");
  const rows = store.state.images.list().filter(inTime);
  const summaries = summarize(store, rows, nameMatches).filter(
    (image) =>
      (dangling === undefined || dangling === isDangling(image)) &&
      (nameMatches === undefined || image.repoTags.length + image.repoDigests.length > 0),
  );
  const wantsLabels = options.labels || filters.label || filters["label!"];
  return wantsLabels ? withLabels(store, summaries, labelFilter(filters)) : summaries;
}

/** Whether no tag points at an image. */
export function isDangling(image: Pick<ImageSummary, "repoTags">): boolean {
  return image.repoTags.length === 0;
}

function summarize(
  { state }: ImageStore,
  rows: readonly ImageRow[],
  nameMatches: ((name: string) => boolean) | undefined,
): ImageSummary[] {
  const names = Map.groupBy(state.names.list(), (row) => row.image);
  const containers = Map.groupBy(state.containers.list(), (row) => row.image);
  return rows.map(({ id, created, size }) => {
    const own = (names.get(id) ?? []).map(({ name }) => name);
    const { tags, digests } = sortNames(nameMatches ? own.filter(nameMatches) : own);
    const repoNames = { repoTags: tags.map(familiar), repoDigests: digests.map(familiar) };
    return { id, ...repoNames, created, size, containers: containers.get(id)?.length ?? 0 };
  });
}

async function withLabels(
  { content }: ImageStore,
  images: readonly ImageSummary[],
  matches: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<ImageSummary[]> {
  const labelsOf = async (id: Digest) => (await readConfig(content, id)).config?.Labels ?? {};
  const labelled = await Promise.all(
    images.map(async (image) => ({ ...image, labels: await labelsOf(image.id) })),
  );
  return labelled.filter(({ labels }) => matches(labels));
}
