import type { CacheUsage, ContainerUsage, DiskUsage, ImageUsage, VolumeUsage } from "#image";
import { createdSince, type ImageRow, imageColumns, imageRows } from "./image-rows.ts";
import { goTime } from "./local-time.ts";
import {
  type Column,
  ellipsis,
  formatRows,
  humanSince,
  humanSize,
  truncateId,
} from "./output/index.ts";

const DESCRIPTION_WIDTH = 45;

/** What `system df -v` prints: a table for each kind of thing. */
export async function usageDetailsText(usage: DiskUsage): Promise<string> {
  const { images, containers, volumes, buildCache } = usage.details;
  const sections = [
    section("Images space usage:", imageUsageColumns(false), usedImages(images)),
    section("Containers space usage:", containerColumns(false), containers),
    section("Local Volumes space usage:", volumeColumns, volumes),
    section(
      `Build cache usage: ${humanSize(usage.buildCache.size, 4)}`,
      cacheColumns(false),
      buildCache,
    ),
  ];
  const records = `Store records usage: ${humanSize(usage.records.size, 4)}\n`;
  return [...(await Promise.all(sections)), records].join("\n");
}

/** The same as a document for `--format`: rows by kind, as docker's CLI names their fields. */
export function usageDetailsDocument({ details }: DiskUsage): object {
  return {
    Images: documents(imageUsageColumns(true), usedImages(details.images)),
    Containers: documents(containerColumns(true), details.containers),
    Volumes: documents(volumeColumns, details.volumes),
    BuildCache: documents(cacheColumns(true), details.buildCache),
  };
}

async function section<Row>(title: string, columns: Column<Row>[], rows: readonly Row[]) {
  return `${title}\n\n${await formatRows({}, columns, rows)}`;
}

function documents<Row>(columns: Column<Row>[], rows: readonly Row[]): object[] {
  const sorted = columns.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return rows.map((row) => Object.fromEntries(sorted.map(({ key, value }) => [key, value(row)])));
}

type UsedImage = ImageRow & { readonly usage: ImageUsage };

/** One row for each image, under its first name. */
function usedImages(images: readonly ImageUsage[]): UsedImage[] {
  return images.map((usage) => ({ ...imageRows(usage, false)[0]!, usage }));
}

function imageUsageColumns(whole: boolean): Column<UsedImage>[] {
  return [
    ...imageColumns({ whole }),
    {
      ...{ key: "SharedSize", header: "SHARED SIZE" },
      value: ({ usage }) => humanSize(usage.sharedSize, 4),
    },
    {
      ...{ key: "UniqueSize", header: "UNIQUE SIZE" },
      value: ({ usage }) => humanSize(usage.uniqueSize, 4),
    },
    {
      ...{ key: "Containers", header: "CONTAINERS" },
      value: ({ usage }) => String(usage.containers),
    },
  ];
}

function containerColumns(whole: boolean): Column<ContainerUsage>[] {
  const short = (id: string) => (whole ? id : truncateId(id));
  return [
    { key: "ID", header: "CONTAINER ID", value: ({ id }) => short(id) },
    { key: "Image", header: "IMAGE", value: ({ image }) => (image ? short(image) : "") },
    { key: "Size", header: "SIZE", value: ({ size }) => humanSize(size) },
    { key: "RunningFor", header: "CREATED", value: createdSince },
    createdAtColumn,
    { key: "Status", header: "STATUS", value: ({ status }) => status },
    { key: "Names", header: "NAMES", value: ({ name }) => name },
  ];
}

const volumeColumns: Column<VolumeUsage>[] = [
  { key: "Name", header: "VOLUME NAME", value: ({ name }) => name },
  { key: "Links", header: "LINKS", value: ({ links }) => String(links) },
  { key: "Size", header: "SIZE", value: ({ size }) => humanSize(size) },
];

function cacheColumns(whole: boolean): Column<CacheUsage>[] {
  return [
    { key: "ID", header: "CACHE ID", value: ({ key }) => (whole ? key : truncateId(key)) },
    { key: "Size", header: "SIZE", value: ({ size }) => humanSize(size) },
    { key: "CreatedSince", header: "CREATED", value: createdSince },
    createdAtColumn,
    { key: "LastUsedSince", header: "LAST USED", value: ({ used }) => humanSince(used) },
    { key: "LastUsedAt", header: "LAST USED AT", value: ({ used }) => goTime(used), hidden: true },
    { key: "UsageCount", header: "USAGE", value: ({ uses }) => String(uses) },
    { key: "Shared", header: "SHARED", value: ({ shared }) => String(shared) },
    {
      ...{ key: "Description", header: "DESCRIPTION" },
      value: ({ description }) => (whole ? description : ellipsis(description, DESCRIPTION_WIDTH)),
    },
  ];
}

const createdAtColumn: Column<{ readonly created: number }> = {
  ...{ key: "CreatedAt", header: "CREATED AT", hidden: true },
  value: ({ created }) => goTime(created),
};
