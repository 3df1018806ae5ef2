import { fail, KindedError, kindOf, messageOf } from "#errors";
import type { ImageService, ImageStore, PullEvent, ResolvedImage } from "#image";
import { formatReference, isDigest, parseTaggedReference } from "#oci";
import type { Lease } from "#state";
import type { BaseImage } from "./plan.ts";

/** What of the image service bases are found by. */
export type BaseImages = Pick<ImageService, "resolve" | "pull">;

export interface FindBaseOptions {
  readonly images: BaseImages;
  readonly store: ImageStore;
  readonly lease: Lease;
  /** Asks the registry also for what is here. */
  readonly pull: boolean;
  /** Told what a pull does, a line at a time. */
  readonly onDetail: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The image that a FROM or `COPY --from` names, held so that nobody removes it while it is built
 * on; pulled when it is not in the store. Fails with `not-found` when no registry has it either.
 */
export async function findBaseImage(name: string, options: FindBaseOptions): Promise<BaseImage> {
  const { lease, store } = options;
  const { id, config } = await resolve(name, options);
  lease.hold("image", id);
  lease.hold("layer", ...config.rootfs.diff_ids);
  if (store.state.images.get(id) !== undefined) return { id, config };
  return fail("not-found", `${name} was removed in this moment: pull, load or build it again`);
}

async function resolve(name: string, options: FindBaseOptions): Promise<ResolvedImage> {
  if (options.pull && isPullable(name)) return pull(name, options);
  try {
    return await options.images.resolve(name);
  } catch (error) {
    if (kindOf(error) !== "not-found") throw error;
    if (isPullable(name)) return pull(name, options, error);
    return fail("not-found", `failed to resolve source metadata: ${messageOf(error)}`);
  }
}

/** What looks like an ID names nothing in a registry. */
function isPullable(name: string): boolean {
  return !isDigest(name) && !isDigest(`sha256:${name}`);
}

async function pull(
  name: string,
  { images, onDetail, signal }: FindBaseOptions,
  missing?: unknown,
): Promise<ResolvedImage> {
  const onEvent = (event: PullEvent) => {
    const text = detailOf(event);
    if (text !== undefined) onDetail(text);
  };
  try {
    await images.pull(name, { onEvent, signal });
    return await images.resolve(name);
  } catch (error) {
    signal.throwIfAborted();
    const what = `failed to resolve source metadata for ${formatReference(parseTaggedReference(name))}`;
    if (missing === undefined || kindOf(error) !== "failed-precondition")
      throw new KindedError(kindOf(error), `${what}: ${messageOf(error)}`, error);
    const advice = `${messageOf(error)}: load, import or build it first`;
    return fail("not-found", `${what}: ${messageOf(missing)}; ${advice}`, error);
  }
}

function detailOf(event: PullEvent): string | undefined {
  if (event.kind === "pulled") return `resolved to ${event.image.digest}`;
  if (event.kind === "complete") return `pulling ${event.layer} done`;
  if (event.kind !== "plan") return undefined;
  const missing = event.layers.filter(({ isHere }) => !isHere);
  if (missing.length === 0) return undefined;
  const bytes = missing.reduce((sum, { size }) => sum + size, 0);
  const here = `${event.layers.length - missing.length} of ${event.layers.length} layers are here`;
  return `${here}, ${(bytes / 1e6).toFixed(1)}MB to fetch`;
}
