import { fail } from "#errors";
import { type Descriptor, type Digest, mediaTypes } from "#oci";
import type { ImageRow, Lease } from "#state";
import type { ImageStore } from "../image-store.ts";
import { parseManifest } from "../parse-image.ts";
import { MAX_JSON_SIZE } from "../read-image.ts";

/**
 * Holds an image and the blobs that its manifest names, so that nobody who removes it meanwhile
 * takes them away. Fails with `not-found` when it has gone before.
 *
 * @returns its manifest's descriptor
 */
export async function holdImage(
  { content, state }: ImageStore,
  { id }: Pick<ImageRow, "id">,
  lease: Lease,
): Promise<Descriptor> {
  const digest = state.transaction(
    () => {
      const { manifest } = state.images.get(id) ?? failGone(id);
      lease.hold("image", id);
      lease.hold("blob", manifest);
      return manifest;
    },
    { durable: false },
  );
  const bytes = await content.read(digest, MAX_JSON_SIZE);
  const { mediaType, config, layers } = parseManifest(bytes, `manifest ${digest}`);
  const blobs = [config, ...layers].map((blob) => blob.digest);
  state.transaction(() => holdBlobs({ content, state }, id, blobs, lease), { durable: false });
  return { mediaType: mediaType ?? mediaTypes.ociManifest, digest, size: bytes.length };
}

/** Holding an image keeps some form of its layers, and this the one that its manifest names. */
function holdBlobs(
  { content, state }: Pick<ImageStore, "content" | "state">,
  id: Digest,
  blobs: readonly Digest[],
  lease: Lease,
): void {
  lease.hold("blob", ...blobs);
  const missing = blobs.find((digest) => content.stat(digest) === undefined);
  if (missing !== undefined && !state.images.get(id)) failGone(id);
}

function failGone(id: Digest): never {
  return fail("not-found", `No such image: ${id}`);
}
