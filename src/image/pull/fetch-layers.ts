import type { Descriptor, DiffId } from "#oci";
import type { DecompressOptions } from "../decompress.ts";
import type { PullSource } from "./fetch-config.ts";
import { fetchLayer } from "./fetch-layer.ts";
import type { InflatedTars } from "./inflated-tars.ts";
import type { PullOptions } from "./pull-options.ts";
import { findStored, type WantedLayer, wantedLayers } from "./wanted-layer.ts";

/** Blobs that are on their way at once: more help little, and registries count connections. */
const MOST_AT_ONCE = 6;

export interface FetchLayersOptions extends PullOptions, DecompressOptions {
  /** Gets what is inflated. */
  readonly tars: InflatedTars | undefined;
}

/**
 * Sees to it that every layer of a manifest is in the store and held. Says whether all of them are
 * there in the form that the manifest lists.
 */
export async function fetchLayers(
  source: PullSource,
  layers: readonly Descriptor[],
  diffIds: readonly DiffId[],
  { onEvent, signal, limits, tars }: FetchLayersOptions,
): Promise<boolean> {
  const found = wantedLayers(layers, diffIds).map((layer) => ({
    layer,
    row: findStored(source.store, layer, source.lease),
  }));
  const plan = found.map(({ layer: { descriptor }, row }) => {
    return { digest: descriptor.digest, size: descriptor.size, isHere: row !== undefined };
  });
  onEvent?.({ kind: "plan", layers: plan });
  const missing = found.filter(({ row }) => row === undefined).map(({ layer }) => layer);
  await fetchAtOnce(missing, signal, (layer, stop) =>
    fetchLayer(source, layer, {
      signal: stop,
      ...(onEvent && { onEvent }),
      ...(limits && { limits }),
      tars,
    }),
  );
  return found.every(({ layer, row }) => !row || row.blob === layer.descriptor.digest);
}

/** The first failure stops the others; what they have so far is kept for the next try. */
async function fetchAtOnce(
  layers: readonly WantedLayer[],
  signal: AbortSignal | undefined,
  fetch: (layer: WantedLayer, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const abort = new AbortController();
  const stop = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
  const waiting = layers.values();
  let failure: { readonly error: unknown } | undefined;
  const work = async () => {
    for (const layer of waiting) await fetch(layer, stop);
  };
  const workers = Array.from({ length: Math.min(MOST_AT_ONCE, layers.length) }, () =>
    work().catch((error: unknown) => {
      failure ??= { error };
      abort.abort(error);
    }),
  );
  await Promise.all(workers);
  signal?.throwIfAborted();
  if (failure) throw failure.error;
}
