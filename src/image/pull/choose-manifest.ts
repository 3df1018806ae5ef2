import { fail } from "#errors";
import {
  type Descriptor,
  type Digest,
  formatPlatform,
  type Index,
  isIndexType,
  isManifestType,
  type Manifest,
  type Platform,
} from "#oci";
import type { RemoteManifest, Repository } from "#remote";
import { annotations } from "../archive/annotations.ts";
import { parseIndex, parseManifest, parseObject } from "../parse-image.ts";
import { rankPlatform } from "./rank-platform.ts";

const MOST_NESTED = 4;

/** The manifest of one image in a registry. */
export interface ChosenManifest {
  /** Of what the reference stands for: the index's where it is one. */
  readonly digest: Digest;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
}

/**
 * What a reference stands for, gone down through indexes to the image for a platform. Fails with
 * `not-found` in Docker's words where there is none.
 */
export async function chooseManifest(
  repository: Repository,
  reference: string,
  platform: Platform,
  { onFound, ...options }: { readonly onFound: () => void; readonly signal?: AbortSignal },
): Promise<ChosenManifest> {
  const top = await repository.manifest(reference, options);
  onFound();
  let at = top;
  for (let depth = 0; isIndex(at); depth++) {
    if (depth >= MOST_NESTED)
      fail("invalid-argument", `the indexes of ${reference} are nested too deeply`);
    const index = parseIndex(at.bytes, `index ${at.descriptor.digest}`);
    const next = bestOf(index, platform) ?? failPlatform(index, platform);
    at = await repository.manifest(next.digest, options);
    if (at.bytes.length !== next.size)
      fail("data-loss", `manifest ${next.digest} has ${at.bytes.length} bytes, not ${next.size}`);
  }
  const manifest = parseManifest(at.bytes, `manifest ${at.descriptor.digest}`);
  return { digest: top.descriptor.digest, manifest, bytes: at.bytes };
}

function isIndex({ descriptor, bytes }: RemoteManifest): boolean {
  const { mediaType, digest } = descriptor;
  if (!isIndexType(mediaType) && !isManifestType(mediaType))
    fail("unsupported", `unsupported media type ${mediaType}: ${digest} is no image`);
  const json = parseObject(bytes, `manifest ${digest}`);
  // Who takes it for the one sees another image than who takes it for the other (CVE-2021-41190).
  if ("manifests" in json && ("layers" in json || "config" in json))
    fail("invalid-argument", `${digest} is a manifest and an index at once: refused`);
  return isIndexType(mediaType);
}

/** An image before an index, the better variant before the other, else in the index's order. */
function bestOf(index: Index, wanted: Platform): Descriptor | undefined {
  const images = imagesIn(index);
  const ranked = images.flatMap((one) => {
    const rank = one.platform && rankPlatform(one.platform, wanted);
    return rank === undefined ? [] : [{ one, rank: isManifestType(one.mediaType) ? rank : -1000 }];
  });
  const best = ranked.toSorted((a, b) => b.rank - a.rank)[0]?.one;
  return best ?? images.find((one) => !one.platform && (images.length === 1 || isNested(one)));
}

function isNested({ mediaType }: Descriptor): boolean {
  return isIndexType(mediaType);
}

function imagesIn({ manifests }: Index): Descriptor[] {
  return manifests.filter(({ mediaType, annotations: given, platform }) => {
    const isAbout = given?.[annotations.referenceType] !== undefined;
    const isImage = isManifestType(mediaType) || isIndexType(mediaType);
    return isImage && !isAbout && platform?.os !== "unknown";
  });
}

function failPlatform(index: Index, platform: Platform): never {
  const offered = imagesIn(index).flatMap((one) => one.platform ?? []);
  const advice = offered.length > 0 ? `; --platform can be ${listed(offered)}` : "";
  return fail(
    "not-found",
    `no matching manifest for ${formatPlatform(platform)} in the manifest list entries${advice}`,
  );
}

function listed(platforms: readonly Platform[]): string {
  return [...new Set(platforms.map(formatPlatform))].slice(0, 20).join(", ");
}
