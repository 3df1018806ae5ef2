export { type AppliedLayer, type ApplyOptions, applyLayer } from "./apply.ts";
export { copyTree } from "./copy-tree.ts";
export { type DiffOverlayOptions, diffDirectories, diffOverlay } from "./diff.ts";
export type { LayerLimits, LayerSummary } from "./entry-rules.ts";
export type { LayerEntry } from "./layer-entry.ts";
export { type PackOptions, packDirectory } from "./pack.ts";
export { type LayerScan, scanLayer } from "./scan.ts";
export { type WriteOptions, writeLayer } from "./write-layer.ts";
