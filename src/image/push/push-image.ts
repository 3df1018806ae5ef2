import { fail, KindedError, kindOf } from "#errors";
import {
  type Descriptor,
  type Digest,
  familiarName,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
} from "#oci";
import type { Remote } from "#remote";
import type { State } from "#state";
import { copyGraph } from "../copy/copy-graph.ts";
import type { LayerEvent } from "../copy/graph.ts";
import { holdImage } from "../copy/hold-image.ts";
import { checkForm } from "../copy/layer-form.ts";
import { reformedSource } from "../copy/reformed-source.ts";
import { repositoryTarget } from "../copy/repository-ends.ts";
import { storeSource } from "../copy/store-source.ts";
import { noteTransfer } from "../events.ts";
import type { PushedImage, PushOptions } from "../image-service.ts";
import type { ImageStore } from "../image-store.ts";
import { knownIn } from "./known-in.ts";

/** A tag of this store that goes to its registry. */
interface Tagged {
  readonly reference: Reference;
  readonly tag: string;
  readonly image: Digest;
}

/**
 * Sends an image, or with `all` every tag of a repository, to its registry. What came from
 * elsewhere goes back with the same digests; uncompressed layers are compressed on the way.
 * The manifest's digest becomes one more name of the image.
 */
export async function pushImages(
  store: ImageStore,
  openRemote: () => Promise<Remote>,
  name: string,
  options: PushOptions = {},
): Promise<PushedImage[]> {
  const reference = referenceOf(name, options);
  checkForm(options);
  const { registry, repository } = reference;
  options.onEvent?.({ kind: "repository", name: `${registry}/${repository}` });
  const tagged = tagsToPush(store.state, reference, options.all ?? false);
  const remote = await openRemote();
  const pushed: PushedImage[] = [];
  for (const each of tagged) pushed.push(await pushTag(store, remote, each, options));
  return pushed;
}

function referenceOf(name: string, { all }: PushOptions): Reference {
  const reference = parseReference(name);
  if (reference.digest) fail("invalid-argument", "cannot push a digest reference");
  if (all && reference.tag) fail("invalid-argument", "tag can't be used with --all-tags/-a");
  return reference;
}

function tagsToPush(state: State, reference: Reference, all: boolean): Tagged[] {
  const { registry, repository } = reference;
  const prefix = formatReference({ registry, repository });
  const known = state.names.list().flatMap(({ name, image }): Tagged[] => {
    const tag = name.startsWith(`${prefix}:`) ? name.slice(prefix.length + 1) : undefined;
    return tag ? [{ reference: { registry, repository, tag }, tag, image }] : [];
  });
  if (known.length === 0)
    fail("not-found", `An image does not exist locally with the tag: ${familiarName(reference)}`);
  if (all) return known;
  const { tag = "latest" } = reference;
  const asked = known.filter((each) => each.tag === tag);
  const familiar = familiarReference({ registry, repository, tag });
  return asked.length > 0 ? asked : fail("not-found", `tag does not exist: ${familiar}`);
}

async function pushTag(
  store: ImageStore,
  remote: Remote,
  { reference, tag, image }: Tagged,
  options: PushOptions,
): Promise<PushedImage> {
  using lease = store.state.leases.open("push");
  const root = await holdImage(store, { id: image }, lease);
  const { digest, size } = await send(store, remote, { reference, root, image }, options);
  addDigestName(store.state, reference, digest, image);
  await noteTransfer(store, reference, image, "push");
  options.onEvent?.({ kind: "pushed", tag, digest, size });
  return { name: familiarReference(reference), digest, size };
}

async function send(
  { content, state }: ImageStore,
  remote: Remote,
  { reference, root, image }: { reference: Reference; root: Descriptor; image: Digest },
  { onEvent, signal, ...form }: PushOptions,
): Promise<Descriptor> {
  const { facts } = state;
  const places = knownIn(state, image, root.digest);
  const keepsDigests = places.length > 0;
  const source = reformedSource(storeSource({ content }, places), { ...form, keepsDigests }, facts);
  const target = repositoryTarget(remote.repository(reference), { tag: reference.tag, facts });
  const watch = (event: LayerEvent) => onEvent?.({ ...event, ...named(state, event) });
  try {
    return await copyGraph(source, target, root, {
      ...(form.format && { format: form.format }),
      ...(signal && { signal }),
      onEvent: watch,
    });
  } catch (error) {
    return failDenied(reference, error);
  }
}

/** Layers are shown by their diffID, as Docker does. */
function named(state: State, { digest }: LayerEvent): { digest: Digest } {
  return { digest: state.layers.byBlob(digest)?.diffId ?? digest };
}

function addDigestName(
  state: State,
  { registry, repository }: Reference,
  digest: Digest,
  image: Digest,
) {
  state.transaction(() => {
    // Somebody may have removed the image while it was sent.
    if (state.images.get(image))
      state.names.set(formatReference({ registry, repository, digest }), image);
  });
}

const HUB_OFFICIAL = "docker.io/library/";

/** Docker's words where only a missing namespace is the reason, and what to do about it. */
function failDenied(reference: Reference, error: unknown): never {
  const isDenied = ["permission-denied", "unauthenticated"].includes(kindOf(error));
  if (!isDenied || !formatReference(reference).startsWith(HUB_OFFICIAL)) throw error;
  const name = familiarReference(reference);
  throw new KindedError(
    "permission-denied",
    `denied: requested access to the resource is denied: ${name} belongs to Docker's official images; ` +
      `give it a name of yours with "shale tag ${name} USER/${name}", log in with "shale login", and push that`,
    error,
  );
}
