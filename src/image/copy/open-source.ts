import type { Descriptor } from "#oci";
import { parseTaggedReference } from "#oci";
import type { Remote, RequestOptions } from "#remote";
import type { Lease } from "#state";
import type { ImageStore } from "../image-store.ts";
import { parseIndex } from "../parse-image.ts";
import { knownIn } from "../push/known-in.ts";
import { findImage } from "../resolve.ts";
import type { GraphSource } from "./graph.ts";
import { holdImage } from "./hold-image.ts";
import type { ImagePlace } from "./image-place.ts";
import { findListed, type LayoutFiles, layoutSource, readSmall } from "./layout-blobs.ts";
import { repositorySource } from "./repository-ends.ts";
import { storeSource } from "./store-source.ts";

/** An image that is to be copied; disposing it closes what was opened for it. */
export interface OpenSource extends Disposable {
  readonly source: GraphSource;
  readonly root: Descriptor;
  /** Somebody knows the image by its digest. */
  readonly isPublic: boolean;
}

export interface OpenWith {
  readonly store: ImageStore;
  readonly remote: () => Promise<Remote>;
  readonly lease: Lease;
}

/** Finds the image at a place; fails with `not-found`. */
export async function openSource(
  place: ImagePlace,
  { store, remote, lease }: OpenWith,
  options: RequestOptions,
): Promise<OpenSource> {
  if (place.kind === "registry") return await fromRegistry(await remote(), place.name, options);
  if (place.kind === "store") return await fromStore(store, place.name, lease);
  return await fromFiles(place, options);
}

async function fromRegistry(
  remote: Remote,
  name: string,
  options: RequestOptions,
): Promise<OpenSource> {
  const reference = parseTaggedReference(name);
  const repository = remote.repository(reference);
  const asked = reference.digest ?? reference.tag!;
  const { descriptor: root, bytes } = await repository.manifest(asked, options);
  const source = repositorySource(repository);
  // It is here already.
  const manifest: GraphSource["manifest"] = async (descriptor, how) =>
    descriptor.digest === root.digest ? bytes : await source.manifest(descriptor, how);
  return { source: { ...source, manifest }, root, isPublic: true, ...nothingToClose };
}

async function fromStore(store: ImageStore, name: string, lease: Lease): Promise<OpenSource> {
  const image = findImage(store.state, name);
  const root = await holdImage(store, image, lease);
  const places = knownIn(store.state, image.id, root.digest);
  const isPublic = places.length > 0;
  return { source: storeSource(store, places), root, isPublic, ...nothingToClose };
}

async function fromFiles(
  place: Extract<ImagePlace, { path: string }>,
  options: RequestOptions,
): Promise<OpenSource> {
  const { kind, path, reference } = place;
  const files = await openFiles(kind, path, options);
  const close = { [Symbol.dispose]: () => files[Symbol.dispose]() };
  try {
    if (kind === "docker-archive") {
      const { dockerArchiveSource } = await import("./docker-archive-source.ts");
      return { ...(await dockerArchiveSource(files, reference)), isPublic: false, ...close };
    }
    const index = parseIndex(await readSmall(files, "index.json"), `${path}: index.json`);
    const root = findListed(index, reference, path);
    return { source: layoutSource(files, index), root, isPublic: true, ...close };
  } catch (error) {
    files[Symbol.dispose]();
    throw error;
  }
}

async function openFiles(
  kind: string,
  path: string,
  { signal }: RequestOptions,
): Promise<LayoutFiles> {
  if (kind === "oci") return (await import("./directory-files.ts")).openDirectoryFiles(path);
  return await (await import("./archive-files.ts")).openArchiveFiles(path, signal);
}

const nothingToClose = { [Symbol.dispose]: () => undefined };
