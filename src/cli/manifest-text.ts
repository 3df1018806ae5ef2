import { collect } from "#bytes";
import { fail } from "#errors";
import {
  algorithmOf,
  type Descriptor,
  formatReference,
  hexOf,
  isDigest,
  isIndexType,
  mediaTypes,
  type Platform,
  type Reference,
} from "#oci";
import type { RemoteManifest, Repository } from "#remote";

/** Docker's for an index; everything else it indents by tabs. */
const INDEX_INDENT = 3;
const LARGEST_CONFIG = 8 * 1024 * 1024;
const IMAGE_CONFIGS: readonly string[] = [mediaTypes.ociConfig, mediaTypes.dockerConfig];

/** A manifest or index with all that the registry has of it, in docker's form. */
export function plainManifest({ descriptor, bytes }: RemoteManifest): string {
  const indent = isIndexType(descriptor.mediaType) ? INDEX_INDENT : "\t";
  return JSON.stringify(parse(bytes), null, indent);
}

/** What docker's `manifest inspect -v` shows: one object for a manifest, an array for an index. */
export async function verboseManifest(
  repository: Repository,
  reference: Reference,
  manifest: RemoteManifest,
  signal: AbortSignal,
): Promise<string> {
  const show = (value: unknown) => JSON.stringify(value, null, "\t");
  if (!isIndexType(manifest.descriptor.mediaType)) {
    const platform = await platformOf(repository, parse(manifest.bytes), signal);
    return show(
      entryOf(
        formatReference(reference),
        { ...manifest.descriptor, ...(platform && { platform }) },
        manifest,
      ),
    );
  }
  const { manifests } = parse(manifest.bytes);
  if (!Array.isArray(manifests)) return fail("data-loss", "the index names no manifests");
  const entries: object[] = [];
  for (const child of manifests as readonly Descriptor[]) {
    const digest = isDigest(child.digest) ? child.digest : noDigest(child.digest);
    const name = formatReference({ ...reference, digest });
    entries.push(entryOf(name, child, await repository.manifest(digest, { signal })));
  }
  return show(entries);
}

function noDigest(text: unknown): never {
  return fail(
    "data-loss",
    `the index names a manifest by ${JSON.stringify(text)}, which is no digest`,
  );
}

function entryOf(name: string, descriptor: Descriptor, { bytes }: RemoteManifest): object {
  const { mediaType, digest, size, urls, annotations, platform } = descriptor;
  const kind = mediaType === mediaTypes.dockerManifest ? "SchemaV2Manifest" : "OCIManifest";
  return {
    Ref: name,
    Descriptor: { mediaType, digest, size, urls, annotations, platform },
    Raw: Buffer.from(bytes).toString("base64"),
    [kind]: parse(bytes),
  };
}

/** The config of an image says what it runs on; that of another artifact, nothing. */
async function platformOf(
  repository: Repository,
  manifest: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Platform | undefined> {
  const config = manifest.config as Descriptor | undefined;
  if (!isDigest(config?.digest) || !IMAGE_CONFIGS.includes(config.mediaType)) return undefined;
  const bytes = await collect(repository.blob(config, { signal }), LARGEST_CONFIG);
  const hasher = new Bun.CryptoHasher(algorithmOf(config.digest) as "sha256").update(bytes);
  if (hasher.digest("hex") !== hexOf(config.digest))
    fail("data-loss", `the config ${config.digest} came damaged from the registry`);
  const { architecture, os, variant, "os.version": version } = parse(bytes);
  return { architecture, os, "os.version": version, variant } as Platform;
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  return Object(JSON.parse(new TextDecoder().decode(bytes)));
}
