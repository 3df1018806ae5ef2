import type { Bytes, Chunk } from "#bytes";
import type { LayerLimits } from "./entry-rules.ts";
import { type IndexedLayer, IndexSink, indexLayer, type LayerIndexing } from "./index-layer.ts";
import { LayerEncoder } from "./layer-encoder.ts";
import { LayerTar } from "./write-layer.ts";

/** A layer's uncompressed tar that is indexed while it is read. */
export interface IndexedTar {
  /** To be read once; fails as soon as an entry breaks a rule that `applyLayer` has. */
  readonly bytes: Bytes;
  /** All was read; fails with `data-loss` when the tar is cut off. */
  end(): IndexedLayer;
}

/**
 * Indexes a layer's tar by the rules of `indexLayer`. One of `writeLayer` is not parsed, for its
 * entries are known.
 */
export function indexTar(tar: Bytes, limits: LayerLimits = {}): IndexedTar {
  if (tar instanceof LayerTar) return indexWritten(tar, limits);
  const indexing = indexLayer(limits);
  return { bytes: passing(tar, indexing), end: () => indexing.end() };
}

function indexWritten(tar: LayerTar, limits: LayerLimits): IndexedTar {
  const sink = new IndexSink(limits);
  const encoder = new LayerEncoder((header, contentAt) => sink.entry(header, contentAt));
  return {
    bytes: tar.encode(encoder),
    end: () => sink.end(encoder.size),
  };
}

async function* passing(tar: Bytes, indexing: LayerIndexing): AsyncGenerator<Chunk> {
  for await (const chunk of tar) {
    indexing.write(chunk);
    yield chunk;
  }
}
