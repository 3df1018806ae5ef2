import { statSync } from "node:fs";
import { chunksOf } from "#bytes";
import { fail } from "#errors";
import { type Digest, familiarReference, isIndexType, parseTaggedReference } from "#oci";
import type { PushedBlob } from "#remote";
import { canonicalJson } from "../canonical-json.ts";
import { parseManifest } from "../parse-image.ts";
import { ArchiveWriter } from "./archive-writer.ts";
import type { GraphTarget, OutgoingBlob, OutgoingManifest, TakeOptions } from "./graph.ts";
import type { ImagePlace } from "./image-place.ts";
import { blobPath } from "./layout-blobs.ts";
import { LAYOUT_VERSION, LayoutIndex } from "./layout-index.ts";
import { told } from "./told.ts";

type ArchivePlace = Extract<ImagePlace, { path: string }>;

/**
 * A tar with an image layout and, of a single image, the manifest.json of `docker save` that
 * points at the same blobs: it is read as either. It is in its place when the root has come.
 */
export function archiveTarget(place: ArchivePlace): GraphTarget & Disposable {
  const { path, kind, reference } = place;
  checkPlace(path);
  if (kind === "docker-archive" && reference !== undefined) parseTaggedReference(reference);
  const writer = new ArchiveWriter(path);
  const index = new LayoutIndex();
  const written = new Map<Digest, number>();
  const addFile = (name: string, bytes: Uint8Array) =>
    writer.add(chunksOf(bytes), bytes.length, () => name);
  return {
    blob: (blob, options) => takeBlob(writer, written, blob, options),
    async manifest(manifest) {
      const { descriptor, bytes, role } = manifest;
      if (kind === "docker-archive" && isIndexType(descriptor.mediaType))
        fail(
          "unsupported",
          "an archive of docker save has no indexes: choose one image with --platform",
        );
      await addFile(blobPath(descriptor), bytes);
      index.add(manifest, reference);
      if (role !== "root") return;
      await addFile("oci-layout", canonicalJson(LAYOUT_VERSION));
      await addFile("index.json", canonicalJson(index.toJSON()));
      if (!isIndexType(descriptor.mediaType))
        await addFile("manifest.json", canonicalJson([dockerEntry(manifest, place)]));
      writer.finish();
    },
    [Symbol.dispose]: () => writer[Symbol.dispose](),
  };
}

function checkPlace(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats && !stats.isFile())
    fail("invalid-argument", `${path} is not a regular file: an archive cannot take its place`);
}

async function takeBlob(
  writer: ArchiveWriter,
  written: Map<Digest, number>,
  blob: OutgoingBlob,
  options: TakeOptions = {},
): Promise<PushedBlob> {
  const { digest, size } = blob;
  const known = digest && written.get(digest);
  if (digest && known !== undefined) return { digest, size: known, how: "exists" };
  const nameOf = (made: Digest) => blobPath({ digest: digest ?? made });
  const added = await writer.add(told(blob.open(0), options), size, nameOf);
  const taken = { digest: digest ?? added.digest, size: added.size };
  written.set(taken.digest, taken.size);
  return { ...taken, how: "pushed" };
}

function dockerEntry({ descriptor, bytes }: OutgoingManifest, { kind, reference }: ArchivePlace) {
  const { config, layers } = parseManifest(bytes, `manifest ${descriptor.digest}`);
  const isName = kind === "docker-archive" && reference !== undefined;
  return {
    Config: blobPath(config),
    RepoTags: isName ? [familiarReference(parseTaggedReference(reference))] : null,
    Layers: layers.map(blobPath),
  };
}
