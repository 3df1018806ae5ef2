import type { ContentStore } from "#content";
import type { Digest, ImageConfig, Manifest } from "#oci";
import { parseConfig, parseManifest } from "./parse-image.ts";

/** Most bytes of a config or manifest that are read: the OCI distribution spec's limit. */
export const MAX_JSON_SIZE = 4 * 1024 * 1024;

/** The config of an image in the store. */
export async function readConfig(content: ContentStore, id: Digest): Promise<ImageConfig> {
  return parseConfig(await content.read(id, MAX_JSON_SIZE), `config ${id}`);
}

/** The manifest of an image in the store. */
export async function readManifest(content: ContentStore, digest: Digest): Promise<Manifest> {
  return parseManifest(await content.read(digest, MAX_JSON_SIZE), `manifest ${digest}`);
}
