import { join } from "node:path";
import { fail } from "#errors";
import { algorithmOf, type Digest, hexOf } from "#oci";

const ID = /^[a-zA-Z0-9-]{1,64}$/;
const LOCATION =
  /^(blobs\/[a-z0-9]+\/[0-9a-f]{2}\/[0-9a-f]+\.[a-zA-Z0-9-]{1,64}|uploads\/[a-zA-Z0-9-]{1,64})$/;

export function uploadPath(root: string, id: string): string {
  if (!ID.test(id)) fail("invalid-argument", `invalid upload id: ${JSON.stringify(id)}`);
  return join(root, "uploads", id);
}

export function locationOf(digest: Digest, id: string): string {
  const hex = hexOf(digest);
  return `blobs/${algorithmOf(digest)}/${hex.slice(0, 2)}/${hex}.${id}`;
}

/** Whether it is one that we give: what else lies below the root is not ours. */
export function isLocation(text: string): boolean {
  return LOCATION.test(text);
}

/** The upload that a location is of, or that the blob there was made of. */
export function uploadOf(location: string): string {
  return location.slice(location.lastIndexOf(location.startsWith("uploads/") ? "/" : ".") + 1);
}

export function blobPath(root: string, location: string): string {
  if (!isLocation(location)) fail("data-loss", `${JSON.stringify(location)} is no blob's place`);
  return join(root, location);
}
