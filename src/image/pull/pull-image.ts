import { fail } from "#errors";
import { type Digest, hostPlatform, type ImageConfig, mediaTypes, type Reference } from "#oci";
import type { Repository } from "#remote";
import { type PreparedImage, prepareImage } from "../commit-image.ts";
import type { DecompressOptions } from "../decompress.ts";
import { rememberPlace } from "../push/blob-places.ts";
import { type ChosenManifest, chooseManifest } from "./choose-manifest.ts";
import { fetchConfig, type PullSource } from "./fetch-config.ts";
import { fetchLayers } from "./fetch-layers.ts";
import { openInflatedTars } from "./inflated-tars.ts";
import { explainManifest } from "./pull-error.ts";
import type { PullOptions } from "./pull-options.ts";

/** Docker's registry once took any type for configs; old images still say so. */
const CONFIG_TYPES: readonly string[] = [
  mediaTypes.ociConfig,
  mediaTypes.dockerConfig,
  "application/octet-stream",
];

export interface PullImageOptions extends PullOptions, DecompressOptions {
  /** With a tag or a digest; with both, the digest says which. */
  readonly reference: Reference;
  readonly onFound: () => void;
}

/**
 * Brings in the image that a tag or digest of a repository stands for: what of it is missing,
 * all of it checked. Nobody sees it yet; the lease holds it.
 */
export async function pullImage(
  source: PullSource,
  options: PullImageOptions,
): Promise<{ prepared: PreparedImage; digest: Digest }> {
  const { store, repository, lease } = source;
  const chosen = await findManifest(repository, options);
  checkIsImage(chosen);
  const { manifest, bytes, digest } = chosen;
  const { config, configBytes } = await fetchConfig(source, manifest.config, options.signal);
  checkLayers(chosen, config);
  const { diff_ids } = config.rootfs;
  await using tars = await openInflatedTars(store, config);
  const isAsListed = await fetchLayers(source, manifest.layers, diff_ids, { ...options, tars });
  await tars?.unpack(store, diff_ids, lease, options.signal);
  // A layer that was here in another form is not fetched: the manifest has to name that one.
  const kept = isAsListed ? { manifestBytes: bytes } : {};
  const blobs = [manifest.config, ...manifest.layers].map((blob) => blob.digest);
  rememberPlace(store.state.facts, repository, blobs);
  return { digest, prepared: await prepareImage(store, { config, configBytes, ...kept }, lease) };
}

async function findManifest(
  repository: Repository,
  { reference, onFound, platform = hostPlatform(), signal }: PullImageOptions,
): Promise<ChosenManifest> {
  const asked = reference.digest ?? reference.tag!;
  const options = { onFound, ...(signal && { signal }) };
  try {
    return await chooseManifest(repository, asked, platform, options);
  } catch (error) {
    throw await explainManifest(error, repository, reference);
  }
}

function checkIsImage({ manifest }: ChosenManifest): void {
  const { mediaType } = manifest.config;
  if (CONFIG_TYPES.includes(mediaType)) return;
  const type = manifest.artifactType ?? mediaType;
  fail("unsupported", `unsupported media type ${type}: this is an artifact, not an image`);
}

function checkLayers({ manifest }: ChosenManifest, { rootfs }: ImageConfig): void {
  const [listed, known] = [manifest.layers.length, rootfs.diff_ids.length];
  if (listed === known) return;
  fail(
    "data-loss",
    `layers from manifest don't match image configuration: ${listed} layers, ${known} diffIDs`,
  );
}
