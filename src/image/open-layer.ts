import type { Bytes } from "#bytes";
import type { DiffId } from "#oci";
import { findLayer } from "./commit-image.ts";
import { type DecompressOptions, decompress } from "./decompress.ts";
import type { ImageStore } from "./image-store.ts";

/** The uncompressed tar of a layer, from whichever blob holds it. */
export async function openLayer(
  store: ImageStore,
  diffId: DiffId,
  options: DecompressOptions = {},
): Promise<Bytes> {
  const { blob } = findLayer(store, diffId);
  const { signal } = options;
  const { bytes } = await decompress(store.content.open(blob, signal ? { signal } : {}), options);
  return bytes;
}
