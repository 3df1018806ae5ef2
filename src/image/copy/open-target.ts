import { fail } from "#errors";
import { parseReference, parseTaggedReference } from "#oci";
import { parseTarget } from "../tag.ts";
import type { GraphTarget } from "./graph.ts";
import type { ImagePlace } from "./image-place.ts";
import type { OpenWith } from "./open-source.ts";
import { repositoryTarget } from "./repository-ends.ts";

/** Opens a place for an image that comes; disposing it drops what is not complete. */
export async function openTarget(
  place: ImagePlace,
  { store, remote, lease }: OpenWith,
): Promise<GraphTarget & Disposable> {
  if (place.kind === "registry") {
    // A name with a digest only takes what has that digest: it gets no tag.
    const given = parseReference(place.name);
    const reference = given.digest ? given : parseTaggedReference(place.name);
    const { facts } = store.state;
    const { digest, tag } = reference;
    const target = repositoryTarget((await remote()).repository(reference), { tag, facts });
    return { ...(digest ? onlyDigest(target, digest) : target), ...nothingToDrop };
  }
  if (place.kind === "store") {
    const { storeTarget } = await import("./store-target.ts");
    return { ...storeTarget(store, parseTarget(place.name), lease), ...nothingToDrop };
  }
  if (place.kind === "oci") {
    const { layoutTarget } = await import("./layout-target.ts");
    return { ...layoutTarget(place.path, place.reference), ...nothingToDrop };
  }
  return (await import("./archive-target.ts")).archiveTarget(place);
}

function onlyDigest(target: GraphTarget, digest: string): GraphTarget {
  return {
    ...target,
    async manifest(manifest, options) {
      const { role, descriptor } = manifest;
      if (role === "root" && descriptor.digest !== digest)
        fail(
          "failed-precondition",
          `the image is ${descriptor.digest}, not ${digest}: give the target a tag`,
        );
      await target.manifest(manifest, options);
    },
  };
}

const nothingToDrop = { [Symbol.dispose]: () => undefined };
