export { type AppliedLayer, type ApplyOptions, applyLayer } from "./apply.ts";
export { imageXattrs } from "./attributes.ts";
export { copyTree } from "./copy-tree.ts";
export {
  type DiffOptions,
  type DiffOverlayOptions,
  diffDirectories,
  diffOverlay,
  directoryChanges,
  overlayChanges,
} from "./diff.ts";
export type { LayerLimits, LayerSummary } from "./entry-rules.ts";
export { type ExtractOptions, extractArchive } from "./extract.ts";
export { type IndexedLayer, indexLayer, type LayerIndexing } from "./index-layer.ts";
export { IndexStack, type StackNode } from "./index-stack.ts";
export { type IndexedTar, indexTar } from "./index-tar.ts";
export type { LayerEntry } from "./layer-entry.ts";
export type { TreeChange } from "./list-changes.ts";
export { type PackEntryOptions, type PackOptions, packDirectory, packEntry } from "./pack.ts";
export { removeTree } from "./remove-tree.ts";
export { settleIndex } from "./settle-index.ts";
export { type WriteOptions, writeLayer } from "./write-layer.ts";
