import type { DiskUsage, UsageTotal } from "#image";
import { type Column, humanSize } from "./output/index.ts";

/** A line of `system df`. */
export interface UsageRow extends UsageTotal {
  readonly type: string;
}

/** Docker shows no share of it. */
const BUILD_CACHE = "Build Cache";

/** The kinds of things in the store; the sum of their sizes is the store's. */
export function usageRows(usage: DiskUsage): UsageRow[] {
  return [
    { type: "Images", ...usage.images },
    { type: "Containers", ...usage.containers },
    { type: "Local Volumes", ...usage.volumes },
    { type: BUILD_CACHE, ...usage.buildCache },
    { type: "Store Records", ...usage.records },
  ];
}

export const usageColumns: Column<UsageRow>[] = [
  { key: "Type", header: "TYPE", value: ({ type }) => type },
  { key: "TotalCount", header: "TOTAL", value: ({ total }) => String(total) },
  { key: "Active", header: "ACTIVE", value: ({ active }) => String(active) },
  { key: "Size", header: "SIZE", value: ({ size }) => humanSize(size, 4) },
  { key: "Reclaimable", header: "RECLAIMABLE", value: reclaimable },
];

function reclaimable({ type, reclaimable, size }: UsageRow): string {
  const text = humanSize(reclaimable, 4);
  if (type === BUILD_CACHE || size === 0) return text;
  return `${text} (${Math.floor((reclaimable * 100) / size)}%)`;
}
