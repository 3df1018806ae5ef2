export { type AppliedLayer, type ApplyOptions, applyLayer } from "./apply.ts";
export type { LayerLimits, LayerSummary } from "./entry-rules.ts";
export { type LayerScan, scanLayer } from "./scan.ts";
