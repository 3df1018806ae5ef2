import { fail } from "#errors";
import { type Descriptor, formatPlatform, isIndexType, type Platform } from "#oci";
import type { RequestOptions } from "#remote";
import { annotations } from "../archive/annotations.ts";
import { parseIndex } from "../parse-image.ts";
import { rankPlatform } from "../pull/rank-platform.ts";
import type { GraphSource } from "./graph.ts";

const MOST_NESTED = 4;

/** Goes down indexes to the manifest for a platform; fails with `not-found` and says what there is. */
export async function choosePlatform(
  source: GraphSource,
  root: Descriptor,
  platform: Platform,
  options: RequestOptions,
): Promise<Descriptor> {
  let at = root;
  for (let depth = 0; isIndexType(at.mediaType); depth++) {
    if (depth >= MOST_NESTED)
      fail("invalid-argument", `the indexes of ${root.digest} are nested too deeply`);
    const bytes = await source.manifest(at, options);
    at = bestOf(parseIndex(bytes, `index ${at.digest}`).manifests, platform);
  }
  return at;
}

function bestOf(manifests: readonly Descriptor[], wanted: Platform): Descriptor {
  const images = manifests.filter(
    (one) => one.annotations?.[annotations.referenceType] === undefined,
  );
  const ranked = images.flatMap((one) => {
    const rank = one.platform && rankPlatform(one.platform, wanted);
    return rank === undefined ? [] : [{ one, rank }];
  });
  const best = ranked.toSorted((a, b) => b.rank - a.rank)[0]?.one;
  const only = images.length === 1 && !images[0]!.platform ? images[0] : undefined;
  return best ?? only ?? failPlatform(images, wanted);
}

function failPlatform(images: readonly Descriptor[], wanted: Platform): never {
  const offered = new Set(
    images.flatMap(({ platform }) => (platform ? formatPlatform(platform) : [])),
  );
  return fail(
    "not-found",
    `no image for ${formatPlatform(wanted)} in the index; take all with --all, or one of: ${[...offered].slice(0, 20).join(", ")}`,
  );
}
