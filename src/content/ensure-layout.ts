import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newIngestPath } from "./ingest-path.ts";
import { blobDirectory, ingestDirectory } from "./layout.ts";

const LAYOUT = { imageLayoutVersion: "1.0.0" };
const EMPTY_INDEX = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [],
};

/** Makes what of the layout is missing. The store's names are in its database, not in index.json. */
export function ensureLayout(root: string, algorithm: string): void {
  mkdirSync(blobDirectory(root, algorithm), { recursive: true, mode: 0o700 });
  mkdirSync(ingestDirectory(root), { recursive: true, mode: 0o700 });
  const present = readdirSync(root);
  if (!present.includes("index.json")) writeWhole(root, "index.json", EMPTY_INDEX);
  if (!present.includes("oci-layout")) writeWhole(root, "oci-layout", LAYOUT);
}

/** Of several processes doing this at once every one writes the same. */
function writeWhole(root: string, name: string, content: object): void {
  const temporary = newIngestPath(root);
  writeFileSync(temporary, JSON.stringify(content));
  renameSync(temporary, join(root, name));
}
