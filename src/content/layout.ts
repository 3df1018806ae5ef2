import { join } from "node:path";
import { algorithmOf, type Digest, hexOf } from "#oci";

/** Where things are in an OCI image layout (OCI image spec, image-layout.md). */
export function blobPath(root: string, digest: Digest): string {
  return join(blobDirectory(root, algorithmOf(digest)), hexOf(digest));
}

export function blobDirectory(root: string, algorithm: string): string {
  return join(root, "blobs", algorithm);
}

export function ingestDirectory(root: string): string {
  return join(root, "ingest");
}
