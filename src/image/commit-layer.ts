import type { BlobInfo, Expected, Ingestion } from "#content";
import type { IndexedLayer } from "#layer";

/**
 * Makes the index of a layer while the disk is busy with its blob; both have come to their end
 * when this has.
 */
export async function commitLayer(
  ingestion: Ingestion,
  layer: IndexedLayer,
  expected: Expected,
): Promise<{ blob: BlobInfo; index: Uint8Array }> {
  const committing = ingestion.commit(expected);
  const making = Promise.try(() => layer.index);
  await Promise.allSettled([committing, making]);
  return { blob: await committing, index: await making };
}
