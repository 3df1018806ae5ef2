import { type Bytes, type Chunk, peek, SNIFF_LENGTH, sniffCompression } from "#bytes";
import type { ResumedIngestion } from "#content";
import { fail, KindedError, kindOf } from "#errors";
import { algorithmOf, type Digest } from "#oci";
import type { LayerRow } from "#state";
import { commitLayer } from "../commit-layer.ts";
import type { DecompressOptions } from "../decompress.ts";
import { hasLayerType, inflateLayer, layerRow, RawLayer } from "../inflate-layer.ts";
import type { PullSource } from "./fetch-config.ts";
import type { InflatedTars } from "./inflated-tars.ts";
import { isFinal, within } from "./pull-error.ts";
import type { PullOptions } from "./pull-options.ts";
import { failMismatch, findStored, type WantedLayer } from "./wanted-layer.ts";

interface FetchOptions extends Pick<PullOptions, "onEvent">, Pick<DecompressOptions, "limits"> {
  readonly signal: AbortSignal;
  readonly tars: InflatedTars | undefined;
}

/**
 * Brings in a layer in one pass: what an earlier try left, then the rest from the registry, is
 * hashed, inflated, checked and indexed while it is written. Blob, index and record are there when
 * this returns. What an earlier try left and turns out to be wrong is thrown away, once.
 */
export async function fetchLayer(
  source: PullSource,
  layer: WantedLayer,
  options: FetchOptions,
): Promise<void> {
  const { digest } = layer.descriptor;
  const onWait = () => options.onEvent?.({ kind: "waiting", layer: digest });
  const resume = () => source.store.content.resume(digest, { signal: options.signal, onWait });
  for (let isAgain = false; ; isAgain = true) {
    await using ingestion = await resume();
    try {
      await bringIn(source, layer, ingestion, options);
      options.onEvent?.({ kind: "complete", layer: digest });
      return;
    } catch (error) {
      if (isFinal(error)) ingestion.discard();
      options.signal.throwIfAborted();
      const mayBeOld = ingestion.resumed > 0 && kindOf(error) === "data-loss";
      if (isAgain || !mayBeOld) throw explained(error, layer);
    }
  }
}

async function bringIn(
  source: PullSource,
  layer: WantedLayer,
  ingestion: ResumedIngestion,
  options: FetchOptions,
): Promise<void> {
  const { store, lease } = source;
  // Whoever had the ingestion before may have brought it in.
  if (findStored(store, layer, lease)) return;
  const { digest, size } = layer.descriptor;
  const { signal } = options;
  // One that came in is recorded afterwards: what happened in between is not known.
  const isHere = store.content.stat(digest)?.size === size;
  const bytes = isHere
    ? store.content.open(digest, { signal })
    : download(source, layer, ingestion, signal);
  const target = isHere ? undefined : ingestion;
  const { row, index } = await receive(layer, observed(bytes, layer, options), target, options);
  if (row.diffId !== layer.diffId) failMismatch(layer, row.diffId);
  store.indexes.put(row.diffId, index);
  store.state.layers.put(row);
}

/** The blob's bytes; those from the registry are written on the way. */
async function* download(
  { repository }: PullSource,
  { descriptor }: WantedLayer,
  ingestion: ResumedIngestion,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const { resumed } = ingestion;
  if (resumed > descriptor.size) fail("data-loss", `${resumed} bytes are here, more than it has`);
  yield* ingestion.earlier();
  if (resumed > 0 && resumed === descriptor.size) return;
  for await (const chunk of repository.blob(descriptor, { offset: resumed, signal })) {
    ingestion.write(chunk);
    yield chunk;
  }
}

async function* observed(
  bytes: Bytes,
  { descriptor: { digest } }: WantedLayer,
  { onEvent, signal }: FetchOptions,
): AsyncGenerator<Chunk> {
  let seen = 0;
  for await (const chunk of bytes) {
    signal.throwIfAborted();
    seen += chunk.length;
    onEvent?.({ kind: "progress", layer: digest, bytes: seen });
    yield chunk;
  }
}

/** Finds out what the bytes are as a layer; `ingestion` has them when it is all there. */
async function receive(
  { descriptor: { digest, size } }: WantedLayer,
  bytes: Bytes,
  ingestion: ResumedIngestion | undefined,
  options: FetchOptions,
): Promise<{ row: LayerRow; index: Uint8Array }> {
  const { compression, inflated } = await inflate(bytes, digest, ingestion, options);
  const info = { digest, size };
  if (inflated instanceof KindedError) {
    // That the bytes are wrong is the better reason.
    await ingestion?.commit({ size });
    throw inflated;
  }
  const { index } = ingestion
    ? await commitLayer(ingestion, inflated.indexed, { size })
    : inflated.indexed;
  const row = layerRow(inflated, info, compression);
  if (row instanceof KindedError) throw row;
  if (inflated.file) options.tars?.keep(row.diffId, inflated.file);
  return { row, index };
}

async function inflate(
  bytes: Bytes,
  digest: Digest,
  ingestion: ResumedIngestion | undefined,
  { limits, tars }: FetchOptions,
) {
  const head = await peek(bytes, SNIFF_LENGTH);
  const compression = sniffCompression(head.first);
  const raw = new RawLayer(head.bytes, undefined);
  const isOwnBlob = compression === "none" && algorithmOf(digest) === "sha256";
  const scratch = compression === "none" ? undefined : tars?.open();
  try {
    if (!hasLayerType(compression)) fail("unsupported", `no layer may be in ${compression}`);
    return {
      compression,
      inflated: await inflateLayer(raw, {
        isOwnBlob,
        ...(scratch && { scratch }),
        ...(limits && { limits }),
      }),
    };
  } catch (error) {
    // What is no fault of the way here would be the same the next time.
    if (!raw.hasFailed) ingestion?.discard();
    throw error;
  }
}

function explained(error: unknown, { descriptor: { digest, urls } }: WantedLayer): unknown {
  const kind = kindOf(error);
  if (kind === "cancelled") return error;
  if (kind === "not-found" && urls?.length)
    return within(`layer ${digest} is kept outside of registries, which is not supported`, error);
  const isWrong = kind === "data-loss";
  return within(
    isWrong ? `filesystem layer verification failed for digest ${digest}` : `layer ${digest}`,
    error,
  );
}
