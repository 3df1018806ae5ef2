import { fail, kindOf, messageOf } from "#errors";
import {
  type Digest,
  formatReference,
  hostPlatform,
  type Platform,
  parseReference,
  platformMatches,
  type Reference,
} from "#oci";
import type { Remote, Repository } from "#remote";
import { findLayer, recordImages } from "../commit-image.ts";
import type { DecompressOptions } from "../decompress.ts";
import { noteTransfer } from "../events.ts";
import { collectGarbage } from "../gc.ts";
import type { ImageStore } from "../image-store.ts";
import { readConfig } from "../read-image.ts";
import { explainManifest, isFinal } from "./pull-error.ts";
import { pullImage } from "./pull-image.ts";
import type { PulledImage, PullOptions } from "./pull-options.ts";

interface Pull {
  readonly store: ImageStore;
  readonly repository: Repository;
  readonly options: PullOptions & DecompressOptions;
}

/** One reference's turn. */
interface Asked extends Pull {
  readonly reference: Reference;
  /** The canonical name it gets. */
  readonly name: string;
  /** Told when the registry has it. */
  readonly onFound: () => void;
}

/**
 * Brings in what a name stands for in its registry, or with `all` every tag of its repository, and
 * names it: its tag, and its digest. What is here already is not fetched; of what a failure or a
 * kill interrupted, the next pull fetches what is missing.
 */
export async function pullImages(
  store: ImageStore,
  remote: Remote,
  name: string,
  options: PullOptions & DecompressOptions = {},
): Promise<PulledImage[]> {
  const reference = parseReference(name);
  const pull = { store, repository: remote.repository(reference), options };
  if (options.all) return pullAll(pull, reference);
  const isOpen = !reference.tag && !reference.digest;
  return [await pullOne(pull, isOpen ? { ...reference, tag: "latest" } : reference)];
}

async function pullAll(pull: Pull, reference: Reference): Promise<PulledImage[]> {
  if (reference.tag || reference.digest)
    fail("invalid-argument", "tag can't be used with --all-tags/-a");
  const { signal, onEvent } = pull.options;
  const pulled: PulledImage[] = [];
  let skipped: unknown;
  for await (const tag of pull.repository.tags(signal ? { signal } : {})) {
    try {
      pulled.push(await pullOne(pull, { ...reference, tag }));
    } catch (error) {
      // Charts, signatures and images for other machines stand between the tags of images.
      if (!isOfNoUse(error)) throw error;
      skipped = error;
      onEvent?.({ kind: "skipped", reference: tag, reason: messageOf(error) });
    }
  }
  if (pulled.length > 0) return pulled;
  throw skipped ?? fail("not-found", `${formatReference(reference)} has no tags`);
}

function isOfNoUse(error: unknown): boolean {
  return /^(unsupported media type|no matching manifest)/.test(messageOf(error));
}

async function pullOne(pull: Pull, reference: Reference): Promise<PulledImage> {
  const { onEvent, signal } = pull.options;
  const name = formatReference(keyOf(reference));
  const asked = { ...pull, reference, name, onFound: announcement(reference, name, onEvent) };
  try {
    const image = (await findCurrent(asked)) ?? (await fetchOne(asked));
    await noteTransfer(pull.store, reference, image.id, "pull");
    onEvent?.({ kind: "pulled", image });
    return image;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Says once that a reference was found. */
function announcement(
  { digest, tag, repository }: Reference,
  name: string,
  onEvent: PullOptions["onEvent"],
): () => void {
  let isSaid = false;
  return () => {
    if (!isSaid) onEvent?.({ kind: "begin", reference: digest ? name : tag!, repository });
    isSaid = true;
  };
}

/** What the store knows a reference by: with a digest, a tag says nothing. */
function keyOf(reference: Reference): Reference {
  const { tag: _, ...untagged } = reference;
  return reference.digest ? untagged : reference;
}

/**
 * The image that the registry's digest already stands for here, whole and for the platform asked
 * for: then nothing but the digest is asked for, and nothing at all for a reference with one.
 */
async function findCurrent({
  store,
  repository,
  options,
  reference,
  name,
  onFound,
}: Asked): Promise<PulledImage | undefined> {
  const old = store.state.names.get(name);
  if (old === undefined) return undefined;
  const digest = reference.digest ?? (await resolveTag(repository, reference, options));
  onFound();
  const byDigest = digestName(reference, digest);
  const id = store.state.names.get(byDigest);
  using lease = store.state.leases.open("pull");
  if (id === undefined) return undefined;
  lease.hold("image", id);
  if (!(await isComplete(store, id, options.platform ?? hostPlatform()))) return undefined;
  const isKnown = store.state.transaction(() => {
    if (!store.state.images.get(id)) return false;
    for (const each of [name, byDigest]) store.state.names.set(each, id);
    return true;
  });
  return isKnown ? { id, name, digest, isNewer: old !== id } : undefined;
}

async function resolveTag(
  repository: Repository,
  reference: Reference,
  { signal }: PullOptions,
): Promise<Digest> {
  try {
    return (await repository.resolve(reference.tag!, signal ? { signal } : {})).digest;
  } catch (error) {
    throw await explainManifest(error, repository, reference);
  }
}

async function isComplete(store: ImageStore, id: Digest, platform: Platform): Promise<boolean> {
  try {
    const { manifest } = store.state.images.get(id) ?? {};
    const config = await readConfig(store.content, id);
    for (const diffId of config.rootfs.diff_ids) findLayer(store, diffId);
    const isWhole = manifest ? store.content.stat(manifest) !== undefined : false;
    return isWhole && platformMatches(config, platform);
  } catch (error) {
    if (["not-found", "data-loss", "invalid-argument"].includes(kindOf(error))) return false;
    throw error;
  }
}

/** A failure that would come again leaves nothing; any other leaves what the next try can use. */
async function fetchOne({
  store,
  repository,
  options,
  reference,
  name,
  onFound,
}: Asked): Promise<PulledImage> {
  const lease = store.state.leases.open("pull");
  let isUseless = false;
  try {
    const { digest, prepared } = await pullImage(
      { store, repository, lease },
      { ...options, reference, onFound },
    );
    const names = [name, digestName(reference, digest)];
    const old = store.state.names.get(name);
    const [image] = recordImages(store, [{ ...prepared, names }]);
    return { id: image!.id, name, digest, isNewer: old !== image!.id };
  } catch (error) {
    isUseless = isFinal(error);
    throw error;
  } finally {
    lease[Symbol.dispose]();
    if (isUseless) await collectGarbage(store);
  }
}

function digestName({ registry, repository }: Reference, digest: Digest): string {
  return formatReference({ registry, repository, digest });
}
