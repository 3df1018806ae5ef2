import { kindOf, messageOf } from "#errors";
import { type Digest, isDigest } from "#oci";
import type { Repository } from "#remote";
import { parseManifest } from "../protocol/parse-manifest.ts";
import type { Records } from "../records.ts";

export interface ManifestCacheOptions {
  readonly records: Records;
  /** Milliseconds that a tag is taken for what it was without asking. */
  readonly tagLifetime: number;
  readonly now: () => number;
  /** Something is served that could not be checked. */
  readonly onStale: (what: string, error: unknown) => void;
}

export type CacheResult = "hit" | "miss" | "stale";

/** Milliseconds that an upstream that did not answer is not asked again about what is here. */
const REST = 10_000;
const MOST_TAGS = 100_000;

/** Manifests fetched from upstream; what they name may come later, or never. */
export class ManifestCache {
  readonly #options: ManifestCacheOptions;
  /** Until when a tag needs no look. */
  readonly #fresh = new Map<string, number>();
  readonly #looking = new Map<string, Promise<CacheResult>>();
  #downUntil = 0;

  constructor(options: ManifestCacheOptions) {
    this.#options = options;
  }

  /**
   * Makes the records say of the reference what upstream says, once for all who ask at the same
   * time. Where upstream cannot be asked, what is here counts. Fails when nothing is.
   */
  async refresh(repository: string, reference: string, upstream: Repository): Promise<CacheResult> {
    const key = `${repository}:${reference}`;
    const looking = this.#looking.get(key);
    if (looking !== undefined) return looking;
    const look = this.#look(key, repository, reference, upstream);
    this.#looking.set(key, look);
    try {
      return await look;
    } finally {
      this.#looking.delete(key);
    }
  }

  async #look(
    key: string,
    repository: string,
    reference: string,
    upstream: Repository,
  ): Promise<CacheResult> {
    const { records, now } = this.#options;
    const here = await records.manifest(repository, reference);
    if (!here) return this.#fetch(key, repository, reference, upstream);
    if (isDigest(reference) || (this.#fresh.get(key) ?? 0) > now()) return "hit";
    if (this.#downUntil > now()) return "stale";
    try {
      return await this.#revalidate(key, repository, reference, here.digest, upstream);
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#downUntil = now() + REST;
      this.#options.onStale(key, error);
      return "stale";
    }
  }

  async #revalidate(
    key: string,
    repository: string,
    tag: string,
    digest: Digest,
    upstream: Repository,
  ): Promise<CacheResult> {
    try {
      const { digest: current } = await upstream.resolve(tag);
      if (current !== digest) return await this.#fetch(key, repository, tag, upstream);
      this.#keepFresh(key);
      return "hit";
    } catch (error) {
      if (kindOf(error) === "not-found") await this.#options.records.deleteTag(repository, tag);
      throw error;
    }
  }

  async #fetch(
    key: string,
    repository: string,
    reference: string,
    upstream: Repository,
  ): Promise<CacheResult> {
    const { descriptor, bytes } = await upstream.manifest(reference);
    const { digest, mediaType } = descriptor;
    const { blobs, foreign, manifests, ...links } = parseManifest(bytes, mediaType);
    // References that may be missing: garbage collection spares what they name once it is here.
    const named = { ...links, blobs: [], manifests: [...manifests, ...blobs, ...foreign] };
    const tags = isDigest(reference) ? [] : [reference];
    await this.#options.records.putManifest(repository, { digest, mediaType, bytes }, named, tags);
    if (tags.length > 0) this.#keepFresh(key);
    return "miss";
  }

  #keepFresh(key: string): void {
    const { now, tagLifetime } = this.#options;
    this.#fresh.delete(key);
    this.#fresh.set(key, now() + tagLifetime);
    if (this.#fresh.size > MOST_TAGS) this.#fresh.delete(this.#fresh.keys().next().value!);
  }
}

/** Whether upstream may well answer later; it has not said that it has nothing for us. */
function isPassing(error: unknown): boolean {
  return ["unavailable", "resource-exhausted", "internal"].includes(kindOf(error));
}

/** For a log. */
export function staleMessage(what: string, error: unknown): string {
  return `serving ${what} as it was: ${messageOf(error)}`;
}
