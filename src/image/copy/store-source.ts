import type { ImageStore } from "../image-store.ts";
import { MAX_JSON_SIZE } from "../read-image.ts";
import type { GraphSource, OutgoingBlob } from "./graph.ts";
import { verifiedBlob } from "./verified-blob.ts";

/** What the store has; the caller holds it by a lease. */
export function storeSource(
  { content }: Pick<ImageStore, "content">,
  places: OutgoingBlob["places"] = [],
): GraphSource {
  return {
    manifest: ({ digest }) => content.read(digest, MAX_JSON_SIZE),
    blob: (descriptor, _role, { signal } = {}) =>
      verifiedBlob(
        descriptor,
        (offset) =>
          content.open(descriptor.digest, { offset, verify: false, ...(signal && { signal }) }),
        places,
      ),
  };
}
