import { Slots } from "#bytes";
import { fail } from "#errors";
import {
  type Descriptor,
  type Digest,
  digestOf,
  isIndexType,
  type Manifest,
  mediaTypes,
} from "#oci";
import { parseIndex, parseManifest, parseObject } from "../parse-image.ts";
import type { BlobRole, GraphSource, GraphTarget, LayerEvent, ManifestRole } from "./graph.ts";
import {
  formatOf,
  type ManifestFormat,
  rewriteIndex,
  rewriteManifest,
} from "./rewrite-manifest.ts";

export interface CopyGraphOptions {
  /** The form of manifests; each keeps its own when absent. */
  readonly format?: ManifestFormat;
  /** Signatures, attestations and the like go along. */
  readonly referrers?: boolean;
  readonly onEvent?: (event: LayerEvent) => void;
  readonly signal?: AbortSignal;
}

/** Layers on their way at once. */
const MOST_AT_ONCE = 6;

/** Indexes in indexes, and what refers to what refers to something. */
const MOST_NESTED = 4;

/** Layers that may not be passed on are not where the others are (OCI image spec, layer.md). */
const FOREIGN = /\.(nondistributable|foreign)\./;

/**
 * Copies a manifest or index with all that it names, each blob once: layers beside each other,
 * then the config, then the manifest, the root last. What is not changed on the way keeps its
 * bytes, and with them its digest. The first failure stops the rest.
 *
 * @returns the root's descriptor at the target
 */
export async function copyGraph(
  source: GraphSource,
  target: GraphTarget,
  root: Descriptor,
  options: CopyGraphOptions = {},
): Promise<Descriptor> {
  const stop = new AbortController();
  const signals = [stop.signal, ...(options.signal ? [options.signal] : [])];
  const copy = new GraphCopy(source, target, { ...options, signal: AbortSignal.any(signals) });
  try {
    return await copy.node(root, 0, "root");
  } catch (error) {
    stop.abort();
    await copy.settled();
    options.signal?.throwIfAborted();
    throw error;
  }
}

class GraphCopy {
  readonly #source: GraphSource;
  readonly #target: GraphTarget;
  readonly #options: CopyGraphOptions & { signal: AbortSignal };
  readonly #slots = new Slots(MOST_AT_ONCE);
  readonly #blobs = new Map<Digest, Promise<Descriptor>>();
  readonly #nodes = new Map<Digest, Promise<Descriptor>>();

  constructor(
    source: GraphSource,
    target: GraphTarget,
    options: CopyGraphOptions & { signal: AbortSignal },
  ) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
  }

  /** Waits until nothing is on its way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#blobs.values());
  }

  node(descriptor: Descriptor, depth: number, role: ManifestRole): Promise<Descriptor> {
    const known = this.#nodes.get(descriptor.digest);
    const copied = known ?? this.#copyNode(descriptor, depth, role);
    this.#nodes.set(descriptor.digest, copied);
    return copied;
  }

  async #copyNode(descriptor: Descriptor, depth: number, role: ManifestRole): Promise<Descriptor> {
    const { signal } = this.#options;
    if (depth > MOST_NESTED)
      fail("invalid-argument", `${descriptor.digest}: indexes are nested too deeply`);
    const bytes = await this.#source.manifest(descriptor, { signal });
    checkSize(descriptor, bytes);
    checkKind(descriptor, bytes);
    const made = isIndexType(descriptor.mediaType)
      ? await this.#index(descriptor, bytes, depth)
      : await this.#image(descriptor, bytes);
    const copied = made.bytes === bytes ? descriptor : { ...descriptor, ...placeOf(made) };
    if (copied.digest === descriptor.digest) await this.#referrers(descriptor, depth);
    await this.#target.manifest({ descriptor: copied, bytes: made.bytes, role }, { signal });
    return copied;
  }

  async #index(descriptor: Descriptor, bytes: Uint8Array, depth: number) {
    const index = parseIndex(bytes, `index ${descriptor.digest}`);
    const manifests: Descriptor[] = [];
    for (const child of index.manifests) manifests.push(await this.node(child, depth + 1, "part"));
    const { mediaType } = descriptor;
    const format = this.#options.format ?? formatOf(mediaType);
    return rewriteIndex(bytes, { index, mediaType }, manifests, format);
  }

  async #image(descriptor: Descriptor, bytes: Uint8Array) {
    const manifest = parseManifest(bytes, `manifest ${descriptor.digest}`);
    const layers = await this.#layers(manifest);
    const config = await this.#blob(manifest.config, "config");
    const { mediaType } = descriptor;
    const { format: asked } = this.#options;
    const format = asked ?? formatNeeded(mediaType, layers);
    const change = { config, layers, format, isAsked: asked !== undefined };
    return rewriteManifest(bytes, { manifest, mediaType }, change);
  }

  async #layers({ layers }: Manifest): Promise<Descriptor[]> {
    const own = layers.filter(({ mediaType }) => !FOREIGN.test(mediaType));
    const digests = new Set(own.map(({ digest }) => digest)).difference(this.#blobs);
    for (const digest of [...digests].reverse())
      this.#options.onEvent?.({ kind: "preparing", digest });
    return await Promise.all(layers.map((layer) => this.#blob(layer, "layer")));
  }

  #blob(descriptor: Descriptor, role: BlobRole): Promise<Descriptor> {
    if (FOREIGN.test(descriptor.mediaType)) return Promise.resolve(descriptor);
    const known = this.#blobs.get(descriptor.digest);
    const copied = known ?? this.#slots.run(() => this.#send(descriptor, role));
    this.#blobs.set(descriptor.digest, copied);
    return copied;
  }

  async #send(descriptor: Descriptor, role: BlobRole): Promise<Descriptor> {
    const { signal, onEvent = () => undefined } = this.#options;
    signal.throwIfAborted();
    const { digest } = descriptor;
    const blob = this.#source.blob(descriptor, role, { signal });
    const onProgress = (sent: number) => {
      const { total } = blob;
      if (role === "layer") onEvent({ kind: "sending", digest, read: blob.read(), total, sent });
    };
    const taken = await this.#target.blob(blob, { signal, onProgress });
    blob.arrived?.(taken);
    if (role === "layer") onEvent({ kind: "sent", digest, blob: taken });
    return { ...descriptor, mediaType: blob.mediaType, digest: taken.digest, size: taken.size };
  }

  async #referrers({ digest }: Descriptor, depth: number): Promise<void> {
    if (!this.#options.referrers) return;
    const { signal } = this.#options;
    const found = (await this.#source.referrers?.(digest, { signal })) ?? [];
    // A registry that lies must not have a node wait for itself.
    const others = found.filter((one) => !this.#nodes.has(one.digest));
    for (const referrer of others) await this.node(referrer, depth + 1, "referrer");
  }
}

function checkSize({ digest, size }: Descriptor, bytes: Uint8Array): void {
  if (bytes.length !== size)
    fail("data-loss", `manifest ${digest} has ${bytes.length} bytes, not ${size}`);
}

/** Who takes it for the one sees another image than who takes it for the other (CVE-2021-41190). */
function checkKind({ digest }: Descriptor, bytes: Uint8Array): void {
  const json = parseObject(bytes, `manifest ${digest}`);
  if ("manifests" in json && ("layers" in json || "config" in json))
    fail("invalid-argument", `${digest} is a manifest and an index at once: refused`);
}

function placeOf({ bytes, mediaType }: { bytes: Uint8Array; mediaType: string }) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** A manifest's own format, unless one of its layers has no type in it. */
function formatNeeded(mediaType: string, layers: readonly Descriptor[]): ManifestFormat {
  const hasZstd = layers.some((layer) => layer.mediaType === mediaTypes.ociLayerZstd);
  return hasZstd ? "oci" : formatOf(mediaType);
}
