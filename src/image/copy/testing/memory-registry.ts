import { collect } from "#bytes";
import { fail } from "#errors";
import { type Descriptor, type Digest, digestOf, isDigest, type Manifest } from "#oci";
import type { BlobSource, PushBlobOptions, PushedBlob, Remote, Repository } from "#remote";

const MOST = 1e9;

interface Content {
  readonly blobs: Map<Digest, Uint8Array>;
  readonly manifests: Map<Digest, { mediaType: string; bytes: Uint8Array }>;
  readonly tags: Map<string, Digest>;
}

/** Registries in memory, which count what they are sent. */
export interface MemoryRegistry extends Remote {
  /** Bytes of blobs that were sent, and what else was done, in its order. */
  readonly sent: { bytes: number; log: string[] };
  content(repository: string): Content;
  /** Done before a blob is taken in; may fail, or break the source's stream off by reading it. */
  beforeBlob: (source: BlobSource, repository: string) => unknown;
}

export function createMemoryRegistry(): MemoryRegistry {
  const repositories = new Map<string, Content>();
  const unused = () => fail("unsupported", "this registry is in memory");
  const registry: MemoryRegistry = {
    sent: { bytes: 0, log: [] },
    beforeBlob: () => undefined,
    content(name) {
      const found = repositories.get(name) ?? newContent();
      repositories.set(name, found);
      return found;
    },
    repository: (name) => repositoryOf(registry, name),
    login: unused,
    catalog: unused,
    search: unused,
  };
  return registry;
}

function newContent(): Content {
  return { blobs: new Map(), manifests: new Map(), tags: new Map() };
}

function repositoryOf(
  registry: MemoryRegistry,
  { registry: host, repository }: { registry: string; repository: string },
): Repository {
  const content = registry.content(`${host}/${repository}`);
  const manifestOf = (reference: string) => {
    const digest = isDigest(reference) ? reference : content.tags.get(reference);
    const found = digest && content.manifests.get(digest);
    if (!found) return fail("not-found", `manifest unknown: ${reference}`);
    const { mediaType, bytes } = found;
    return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  };
  return {
    registry: host,
    repository,
    resolve: async (reference) => manifestOf(reference).descriptor,
    manifest: async (reference) => manifestOf(reference),
    async *blob({ digest }, { offset = 0 } = {}) {
      yield (content.blobs.get(digest) ?? fail("not-found", `blob unknown: ${digest}`)).subarray(
        offset,
      );
    },
    statBlob: async (digest) => content.blobs.get(digest)?.length,
    pushBlob: (source, options) => takeBlob(registry, { host, repository }, source, options),
    pushManifest: async (reference, manifest) =>
      takeManifest(registry, { content, repository }, reference, manifest),
    async *tags() {
      yield* content.tags.keys();
    },
    referrers: async (digest) => referrersIn(content, digest),
    deleteManifest: async () => fail("unsupported", "this registry is in memory"),
  };
}

async function takeBlob(
  registry: MemoryRegistry,
  { host, repository }: { host: string; repository: string },
  source: BlobSource,
  { mountFrom = [], onProgress }: PushBlobOptions = {},
): Promise<PushedBlob> {
  const { blobs } = registry.content(`${host}/${repository}`);
  const { digest, size = 0 } = source;
  if (digest && blobs.has(digest)) return { digest, size, how: "exists" };
  const from = mountFrom.find(
    (other) => digest && registry.content(`${host}/${other}`).blobs.has(digest),
  );
  if (digest && from) {
    blobs.set(digest, registry.content(`${host}/${from}`).blobs.get(digest)!);
    return { digest, size, how: "mounted", from };
  }
  await registry.beforeBlob(source, repository);
  const bytes = await collect(source.open(0), MOST);
  registry.sent.bytes += bytes.length;
  onProgress?.(bytes.length);
  const made = digestOf(bytes);
  if (made !== (digest ?? source.result().digest)) fail("data-loss", `DIGEST_INVALID: ${made}`);
  blobs.set(made, bytes);
  registry.sent.log.push(`${repository} blob ${made}`);
  return { digest: made, size: bytes.length, how: "pushed" };
}

function takeManifest(
  registry: MemoryRegistry,
  { content, repository }: { content: Content; repository: string },
  reference: string,
  manifest: { mediaType: string; bytes: Uint8Array },
): Digest {
  const {
    config,
    layers = [],
    manifests = [],
  } = JSON.parse(new TextDecoder().decode(manifest.bytes));
  for (const { digest } of config ? ([config, ...layers] as Descriptor[]) : [])
    if (!content.blobs.has(digest)) fail("invalid-argument", `MANIFEST_BLOB_UNKNOWN: ${digest}`);
  for (const { digest } of manifests as Descriptor[])
    if (!content.manifests.has(digest)) fail("invalid-argument", `MANIFEST_UNKNOWN: ${digest}`);
  const digest = digestOf(manifest.bytes);
  content.manifests.set(digest, manifest);
  if (!isDigest(reference)) content.tags.set(reference, digest);
  registry.sent.log.push(`${repository} manifest ${reference}`);
  return digest;
}

function referrersIn({ manifests }: Content, subject: Digest): Descriptor[] {
  return Array.from(manifests, ([digest, { mediaType, bytes }]) => ({
    descriptor: { mediaType, digest, size: bytes.length },
    manifest: JSON.parse(new TextDecoder().decode(bytes)) as Manifest,
  })).flatMap(({ descriptor, manifest }) =>
    manifest.subject?.digest === subject ? [descriptor] : [],
  );
}
