import { kindOf, messageOf } from "#errors";
import { type Digest, isDigest, mediaTypes } from "#oci";
import type { Remote } from "#remote";
import type { Authorizer, Decision } from "../access/authorizer.ts";
import type { BlobStorage } from "../blob-storage.ts";
import { digestFrom } from "../protocol/parse-digest.ts";
import { asRegistryError, RegistryError, refuse } from "../protocol/registry-error.ts";
import { requestTarget } from "../protocol/request-target.ts";
import { parseRoute, type Route } from "../protocol/route.ts";
import type { Records } from "../records.ts";
import type { Registry, RegistryEvent } from "../registry.ts";
import { BlobCache } from "./blob-cache.ts";
import { type CacheResult, ManifestCache, staleMessage } from "./manifest-cache.ts";
import type { Upstream } from "./upstream.ts";

export interface PullThroughOptions {
  /** Serves what is here. */
  readonly registry: Registry;
  readonly records: Records;
  readonly blobs: BlobStorage;
  readonly authorizer?: Authorizer;
  readonly upstream: Upstream;
  readonly remote: Remote;
  /** Milliseconds that a tag is not looked at again; 60 seconds when absent. */
  readonly tagLifetime?: number;
  /** Bytes of a blob; any when absent. */
  readonly mostBlobBytes?: number;
  readonly now?: () => number;
  readonly onResult?: (result: CacheResult) => void;
  /** What is odd, but answered. */
  readonly onNote?: (message: string) => void;
  /** Of what the registry itself does not answer. */
  readonly onEvent?: (event: RegistryEvent, request: Request) => void;
}

/** What is known of a request that was answered here. */
interface Told {
  readonly path: string;
  readonly route: Route | undefined;
  readonly start: number;
  readonly user?: string;
}

type Named = Extract<Route, { repository: string }>;

const TAG_LIFETIME = 60_000;
const MOST_TAGS = 10_000;

/**
 * A registry of what another one has: fetched when it is first asked for, served from here after
 * that. Tags are looked at again after a while, and served as they were while upstream is down.
 * Nothing can be pushed or deleted.
 */
export function createPullThrough(options: PullThroughOptions): Registry {
  return new PullThrough(options);
}

class PullThrough implements Registry {
  readonly #options: PullThroughOptions;
  readonly #manifests: ManifestCache;
  readonly #blobs: BlobCache;

  constructor(options: PullThroughOptions) {
    this.#options = options;
    const { records, blobs, onNote = () => {} } = options;
    this.#manifests = new ManifestCache({
      records,
      tagLifetime: options.tagLifetime ?? TAG_LIFETIME,
      now: options.now ?? Date.now,
      onStale: (what, error) => onNote(staleMessage(what, error)),
    });
    const most = options.mostBlobBytes ?? Number.MAX_SAFE_INTEGER;
    this.#blobs = new BlobCache({ records, blobs, most, onProblem: onNote });
  }

  async fetch(request: Request): Promise<Response> {
    const start = performance.now();
    const { path } = requestTarget(request.url);
    let route: Route | undefined;
    const known: { user?: string } = {};
    try {
      route = parseRoute(path);
      const response = await this.#answer(request, route, known);
      if (!response) return await this.#options.registry.fetch(request);
      return this.#told(request, { ...known, path, route, start }, response);
    } catch (error) {
      return this.#told(request, { ...known, path, route, start }, this.#refusal(error, route));
    }
  }

  /** Undefined when the registry can answer it now. */
  async #answer(
    request: Request,
    route: Route | undefined,
    known: { user?: string },
  ): Promise<Response | undefined> {
    if (!route || !("repository" in route)) return undefined;
    const decision = await this.#mayPull(request, route.repository);
    if (!decision.allowed) return undefined;
    if (decision.user !== undefined) known.user = decision.user;
    if (request.method !== "GET" && request.method !== "HEAD")
      refuse("UNSUPPORTED", `this is a cache of ${this.#options.upstream.url}: push there`);
    if (route.name === "manifest") return this.#manifest(route.repository, route.reference);
    if (route.name === "blob") return this.#blob(request, route.repository, route.reference);
    if (route.name === "tags") return this.#tags(request, route);
    return route.name === "referrers" ? this.#referrers(request, route) : undefined;
  }

  /** Who may not pull makes us ask nobody; the registry tells them so. */
  async #mayPull(request: Request, repository: string): Promise<Decision> {
    const { authorizer } = this.#options;
    return authorizer
      ? authorizer.authorize(request, { repository, action: "pull" })
      : { allowed: true };
  }

  async #manifest(repository: string, reference: string): Promise<undefined> {
    if (!/^[\w.:-]{1,200}$/.test(reference)) return undefined;
    if (reference.includes(":")) digestFrom(reference);
    const result = await this.#manifests.refresh(repository, reference, this.#upstream(repository));
    this.#options.onResult?.(result);
    return undefined;
  }

  async #blob(
    request: Request,
    repository: string,
    reference: string,
  ): Promise<Response | undefined> {
    const digest = digestFrom(reference);
    const isHere = (await this.#options.records.blob(repository, digest)) !== undefined;
    this.#options.onResult?.(isHere ? "hit" : "miss");
    if (isHere) return undefined;
    const upstream = this.#upstream(repository);
    if (request.method === "HEAD") {
      const size = await upstream.statBlob(digest);
      return size === undefined
        ? undefined
        : new Response(null, { headers: headersOf(digest, size) });
    }
    const incoming = await this.#blobs.fetch(repository, digest, upstream);
    if (!incoming) return undefined;
    if (request.headers.has("range")) return this.#stored(incoming.body);
    return new Response(incoming.body, { headers: headersOf(digest, incoming.size) });
  }

  /** A part of a blob can be served once all of it is here. */
  async #stored(body: ReadableStream<Uint8Array>): Promise<undefined> {
    for await (const _ of body);
  }

  async #tags(request: Request, { repository }: Named): Promise<Response | undefined> {
    const { query: asked } = requestTarget(request.url);
    const tags: string[] = [];
    try {
      for await (const tag of this.#upstream(repository).tags()) {
        tags.push(tag);
        if (tags.length >= MOST_TAGS) break;
      }
    } catch (error) {
      return this.#unlessPassing(error);
    }
    const last = asked.get("last") ?? "";
    const rest = tags.sort().filter((tag) => tag > last);
    const n = Number(asked.get("n") ?? MOST_TAGS);
    if (!Number.isInteger(n) || n < 0)
      refuse("PAGINATION_NUMBER_INVALID", "invalid number of results requested");
    const shown = rest.slice(0, n);
    const query = new URLSearchParams({ n: `${n}`, last: shown.at(-1) ?? "" });
    const next = `</v2/${repository}/tags/list?${query}>; rel="next"`;
    const headers = shown.length > 0 && rest.length > n ? { Link: next } : {};
    return Response.json({ name: repository, tags: shown }, { headers });
  }

  async #referrers(
    request: Request,
    { repository, ...route }: Named,
  ): Promise<Response | undefined> {
    const reference = "reference" in route ? route.reference : "";
    if (!isDigest(reference)) return undefined;
    const artifactType = requestTarget(request.url).query.get("artifactType");
    const filter = artifactType === null ? {} : { artifactType };
    try {
      const manifests = await this.#upstream(repository).referrers(reference, filter);
      const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
      const filtered = artifactType !== null && { "OCI-Filters-Applied": "artifactType" };
      return Response.json(index, {
        headers: { "Content-Type": mediaTypes.ociIndex, ...filtered },
      });
    } catch (error) {
      return this.#unlessPassing(error);
    }
  }

  /** While upstream is down, the registry tells what is here. */
  #unlessPassing(error: unknown): undefined {
    if (kindOf(error) !== "unavailable") throw error;
    this.#options.onNote?.(staleMessage("a list", error));
  }

  #upstream(repository: string) {
    const { upstream, remote } = this.#options;
    return remote.repository({
      registry: upstream.registry,
      repository: upstream.repositoryOf(repository),
    });
  }

  /** Upstream's refusals in the words of ours; its address and our credentials there stay here. */
  #refusal(error: unknown, route: Route | undefined): Response {
    if (!(error instanceof RegistryError)) this.#options.onNote?.(`upstream: ${messageOf(error)}`);
    return asRegistryError(refusalOf(error, route)).toResponse();
  }

  #told(request: Request, { path, route, start, user }: Told, response: Response): Response {
    response.headers.set("Docker-Distribution-API-Version", "registry/2.0");
    const { method } = request;
    const length = method === "HEAD" ? 0 : Number(response.headers.get("content-length") ?? 0);
    const event = {
      ...{ method, path, route: route?.name ?? "other", status: response.status },
      ...(user !== undefined && { user }),
    };
    const durationMs = performance.now() - start;
    this.#options.onEvent?.({ ...event, bytesIn: 0, bytesOut: length, durationMs }, request);
    return response;
  }
}

function refusalOf(error: unknown, route: Route | undefined): unknown {
  switch (kindOf(error)) {
    case "not-found":
      return new RegistryError(unknownCode(route), "upstream has nothing of this name");
    case "unauthenticated":
    case "permission-denied":
      return new RegistryError("DENIED", "upstream denies access to this repository");
    case "resource-exhausted":
      return new RegistryError("TOOMANYREQUESTS", "upstream limits how much is pulled; try later");
    case "data-loss":
      return new RegistryError("UNAVAILABLE", "upstream sent something else than it promised");
    case "unavailable":
      return new RegistryError("UNAVAILABLE", "upstream cannot be reached; try again later");
    default:
      return error;
  }
}

function unknownCode(
  route: Route | undefined,
): "MANIFEST_UNKNOWN" | "BLOB_UNKNOWN" | "NAME_UNKNOWN" {
  if (route?.name === "manifest") return "MANIFEST_UNKNOWN";
  return route?.name === "blob" ? "BLOB_UNKNOWN" : "NAME_UNKNOWN";
}

function headersOf(digest: Digest, size: number): Record<string, string> {
  return {
    "Content-Type": "application/octet-stream",
    "Content-Length": `${size}`,
    "Docker-Content-Digest": digest,
    ETag: `"${digest}"`,
  };
}
