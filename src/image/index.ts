export type { Filters } from "#filters";
export { parseDuration, parseTimestamp } from "#filters";
export { type AddLayerOptions, addLayer } from "./add-layer.ts";
export { canonicalJson } from "./canonical-json.ts";
export { type CommittedImage, commitImage, findLayer, type NewImage } from "./commit-image.ts";
export { changeConfig, healthOf } from "./config-change.ts";
export { formatPlace, type ImagePlace } from "./copy/image-place.ts";
export { createImageService, type ImageServiceOptions } from "./create-image-service.ts";
export {
  DEFAULT_INFLATE_LIMITS,
  type DecompressOptions,
  decompress,
  type InflateLimits,
} from "./decompress.ts";
export { type Collected, collectGarbage } from "./gc.ts";
export type * from "./image-service.ts";
export type { ImageStore } from "./image-store.ts";
export { type LayerIndexes, openLayerIndexes } from "./layer-indexes.ts";
export { openLayer } from "./open-layer.ts";
export type * from "./pull/pull-options.ts";
export { readConfig, readManifest } from "./read-image.ts";
export { familiar, findImage } from "./resolve.ts";
export { openRootfs, type RootfsNode, type RootfsView } from "./rootfs-view.ts";
export { parseTarget } from "./tag.ts";
export { ensureUnpacked, layerSource, layersToUnpack } from "./unpack.ts";
