import type { Bytes, Chunk } from "#bytes";
import { fail } from "#errors";
import { algorithmOf, type Descriptor, hexOf, type Index } from "#oci";
import { annotations } from "../archive/annotations.ts";
import { parseObject } from "../parse-image.ts";
import { MAX_JSON_SIZE } from "../read-image.ts";
import type { GraphSource } from "./graph.ts";
import { verifiedBlob } from "./verified-blob.ts";

/** Files by their path in an image layout or archive. */
export interface LayoutFiles extends Disposable {
  /** For messages. */
  readonly path: string;
  /** Its bytes from a place on; fails with `not-found`. */
  open(path: string, offset: number): Bytes;
  /** Its size; undefined when there is no such file. */
  size(path: string): number | undefined;
}

/** What an image layout has (OCI image spec, image-layout.md). */
export function layoutSource(files: LayoutFiles, index: Index): GraphSource {
  const blob = (descriptor: Descriptor) =>
    verifiedBlob(descriptor, (offset) => files.open(blobPath(descriptor), offset));
  const manifest = async (descriptor: Descriptor) => {
    if (descriptor.size > MAX_JSON_SIZE)
      fail(
        "resource-exhausted",
        `${descriptor.digest} has ${descriptor.size} bytes: no manifest has`,
      );
    return await whole(blob(descriptor).open(0));
  };
  return {
    blob,
    manifest,
    async referrers(digest) {
      const found: Descriptor[] = [];
      for (const listed of index.manifests) {
        const { subject } = parseObject(await manifest(listed), `manifest ${listed.digest}`);
        if ((subject as Descriptor | undefined)?.digest === digest) found.push(listed);
      }
      return found;
    },
  };
}

/** A small file of a layout; fails with `not-found`, and when it is not small. */
export async function readSmall(files: LayoutFiles, path: string): Promise<Uint8Array> {
  const size = files.size(path) ?? fail("not-found", `${files.path} has no ${path}`);
  if (size > MAX_JSON_SIZE) fail("resource-exhausted", `${files.path}: ${path} has ${size} bytes`);
  return await whole(files.open(path, 0));
}

export function blobPath({ digest }: Pick<Descriptor, "digest">): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

/**
 * The image that a reference names in a layout, the only one without a reference. Fails with
 * `not-found` and says what there is.
 */
export function findListed(
  { manifests }: Index,
  reference: string | undefined,
  where: string,
): Descriptor {
  const found = manifests.filter(
    (one) => reference === undefined || namesOf(one).includes(reference),
  );
  const images = new Map(found.map((one) => [one.digest, one]));
  if (images.size === 1) return withoutName([...images.values()][0]!);
  const names = [...new Set(manifests.flatMap(namesOf))].slice(0, 20).join(", ");
  const what = reference === undefined ? "one image" : `image ${JSON.stringify(reference)}`;
  return fail("not-found", `${where} has not just ${what}; it has: ${names || "none with a name"}`);
}

function namesOf({ annotations: given = {}, digest }: Descriptor): string[] {
  const names: (string | undefined)[] = [given[annotations.refName], given[annotations.imageName]];
  return [...names.filter((name) => name !== undefined), digest];
}

/** The name belongs to the layout that the image was found in. */
function withoutName({ annotations: given, ...descriptor }: Descriptor): Descriptor {
  const kept = Object.entries(given ?? {}).filter(
    ([key]) => key !== annotations.refName && key !== annotations.imageName,
  );
  return kept.length === 0 ? descriptor : { ...descriptor, annotations: Object.fromEntries(kept) };
}

async function whole(bytes: Bytes): Promise<Uint8Array> {
  const chunks: Chunk[] = [];
  for await (const chunk of bytes) chunks.push(new Uint8Array(chunk));
  return Buffer.concat(chunks);
}
