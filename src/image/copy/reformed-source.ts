import {
  type Bytes,
  type Chunk,
  type CompressOptions,
  compress,
  compressionLevels,
  compressorVersion,
} from "#bytes";
import { type Digest, isDigest } from "#oci";
import type { FactTable } from "#state";
import { decompress } from "../decompress.ts";
import type { GraphSource, OutgoingBlob } from "./graph.ts";
import { changeFor, type ImageForm, layerTypeOf } from "./layer-form.ts";
import { outgoing } from "./made-blob.ts";

/** Which blob a layer became, by its digest and how it was compressed. */
const NAMESPACE = "compressed-layers";

/**
 * A source whose layers are sent in another form where that is asked for. What came of a layer is
 * remembered in `facts`, so that the next time the target can be asked for it before anything is
 * compressed.
 */
export function reformedSource(
  source: GraphSource,
  form: ImageForm,
  facts?: FactTable,
): GraphSource {
  return {
    ...source,
    blob(descriptor, role, options) {
      const blob = source.blob(descriptor, role, options);
      const change = role === "layer" ? changeFor(descriptor.mediaType, form) : undefined;
      if (change === undefined) return blob;
      const made = { mediaType: layerTypeOf(change), total: blob.total };
      if (change === "none")
        return outgoing({ ...made, make: inflating(blob), arrived: () => undefined });
      const how = { compression: change, level: form.level ?? compressionLevels[change].usual };
      const key = `${descriptor.digest} ${change} ${how.level} ${compressorVersion()}`;
      return outgoing({ ...made, make: compressing(blob, how), ...memoryOf(facts, key) });
    },
  };
}

function inflating(blob: OutgoingBlob) {
  return async function* (onRead: (bytes: number) => void): AsyncGenerator<Chunk> {
    yield* (await decompress(counted(blob.open(0), onRead))).bytes;
  };
}

function compressing(blob: OutgoingBlob, how: CompressOptions) {
  return (onRead: (bytes: number) => void): Bytes => compress(inflating(blob)(onRead), how);
}

function memoryOf(facts: FactTable | undefined, key: string) {
  const [digest, size] = facts?.get(NAMESPACE, key)?.split(" ") ?? [];
  return {
    ...(isDigest(digest) && { promised: { digest, size: Number(size) } }),
    arrived: (made: { digest: Digest; size: number }) =>
      facts?.put(NAMESPACE, key, `${made.digest} ${made.size}`),
  };
}

async function* counted(bytes: Bytes, onRead: (bytes: number) => void): AsyncGenerator<Chunk> {
  for await (const chunk of bytes) {
    onRead(chunk.length);
    yield chunk;
  }
}
