import type { ContentStore, Scratch } from "#content";
import { type DiffId, hostPlatform, type ImageConfig, platformMatches } from "#oci";
import type { Lease } from "#state";
import type { ImageStore } from "../image-store.ts";
import { ensureUnpacked } from "../unpack.ts";

/**
 * The tars of layers that were inflated on their way in, kept until the snapshots are made: so the
 * first container does not have to inflate them again.
 */
export class InflatedTars implements AsyncDisposable {
  readonly #content: ContentStore;
  readonly #scratches = new AsyncDisposableStack();
  readonly #files = new Map<DiffId, string>();

  constructor(content: ContentStore) {
    this.#content = content;
  }

  /** Where a layer is to be inflated to. */
  open(): Scratch {
    return this.#scratches.use(this.#content.scratch());
  }

  keep(diffId: DiffId, file: string): void {
    this.#files.set(diffId, file);
  }

  /** Makes the snapshots of an image's layers; nothing where no layer came in. */
  async unpack(
    store: ImageStore,
    diffIds: readonly DiffId[],
    lease: Lease,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (this.#files.size === 0) return;
    await ensureUnpacked(store, diffIds, lease, { files: this.#files, ...(signal && { signal }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratches.disposeAsync();
  }
}

/** Undefined where they would be of no use: no snapshot is made of tars, or not of this image. */
export async function openInflatedTars(
  { content, snapshotter }: ImageStore,
  config: ImageConfig,
): Promise<InflatedTars | undefined> {
  if (!platformMatches(config, hostPlatform())) return undefined;
  const { keepsTars, mostLayers } = await snapshotter();
  const isUseful = keepsTars && config.rootfs.diff_ids.length <= mostLayers;
  return isUseful ? new InflatedTars(content) : undefined;
}
