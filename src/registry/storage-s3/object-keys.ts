import { fail } from "#errors";

const ID = /^[a-zA-Z0-9-]{1,64}$/;
const LOCATION = /^blobs\/([a-zA-Z0-9-]{1,64})\/[0-9a-f-]{36}$/;

/**
 * `blobs/<id of the upload>/<random>`, below the prefix. An object is written once, at a key of its
 * own; the records say which ones are blobs, and the name says which upload may still need it.
 */
export function newKey(upload: string): string {
  if (!ID.test(upload)) fail("invalid-argument", `invalid upload id: ${JSON.stringify(upload)}`);
  return `blobs/${upload}/${crypto.randomUUID()}`;
}

/** The upload that an object was written for; undefined when the key is none of ours. */
export function uploadOfKey(key: string): string | undefined {
  return LOCATION.exec(key)?.[1];
}

export function checkLocation(location: string): string {
  if (!LOCATION.test(location)) fail("data-loss", `${JSON.stringify(location)} is no blob's place`);
  return location;
}
