import { kindOf, messageOf } from "#errors";
import type { RangePolicy } from "../blobs/range-policy.ts";
import type { RemoteNotice } from "../remote.ts";
import { type RetryPolicy, retry } from "../retry.ts";
import type { Transport } from "../transport/transport.ts";
import type { EndpointClient } from "./endpoint-client.ts";

/** One place that a repository can be had at. */
export interface Site {
  readonly client: EndpointClient;
  /** The repository's name there. */
  readonly repository: string;
  readonly isMirror: boolean;
  readonly pulls?: "digest-only" | "tag-only";
}

/** All that the requests about one repository need. */
export interface RepositoryContext {
  readonly registry: string;
  readonly repository: string;
  /** As people write it, for messages: `alpine`. */
  readonly name: string;
  /** Mirrors first, the registry itself last. */
  sites(): Promise<readonly Site[]>;
  readonly policy: RetryPolicy;
  readonly ranges: RangePolicy;
  /** To hosts that are no registries: without credentials, with the system's authorities. */
  readonly foreign: Transport;
  /** Mirrors that could not be reached, and until when they are not asked again. */
  readonly avoided: Map<EndpointClient, number>;
  readonly onNotice?: ((notice: RemoteNotice) => void) | undefined;
}

export interface Attempt {
  /** For messages: `pulling alpine`. */
  readonly what: string;
  /** Mirrors can be for digests or for tags alone. */
  readonly byDigest: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Mirrors are not worth long waits: the registry itself is next. */
const MIRROR_TRIES = 2;

/** How long a mirror that could not be reached is left alone. */
const AVOIDED_MS = 60_000;

/** Asks mirrors and at last the registry, each until faults that may pass have passed. */
export async function reading<T>(
  context: RepositoryContext,
  attempt: Attempt,
  task: (site: Site) => Promise<T>,
): Promise<T> {
  for (const site of await readable(context, attempt.byDigest)) {
    try {
      return await retry(retryContext(context, attempt, site.isMirror), () => task(site));
    } catch (error) {
      attempt.signal?.throwIfAborted();
      if (!site.isMirror) throw error;
      mirrorFailed(context, site, error);
    }
  }
  throw new Error("a registry without endpoints");
}

/** Asks the registry itself. */
export async function writing<T>(
  context: RepositoryContext,
  attempt: Omit<Attempt, "byDigest">,
  task: (site: Site) => Promise<T>,
): Promise<T> {
  const site = await ownSite(context);
  return await retry(retryContext(context, attempt), () => task(site));
}

export async function ownSite(context: RepositoryContext): Promise<Site> {
  return (await context.sites()).at(-1)!;
}

export async function readable(
  context: RepositoryContext,
  byDigest: boolean,
): Promise<readonly Site[]> {
  const unfit = byDigest ? "tag-only" : "digest-only";
  const sites = await context.sites();
  return sites.filter(({ pulls, client }) => pulls !== unfit && !isAvoided(context, client));
}

export function retryContext(
  { policy, onNotice }: RepositoryContext,
  { what, signal }: Pick<Attempt, "what" | "signal">,
  isMirror = false,
) {
  const tries = isMirror ? Math.min(policy.tries, MIRROR_TRIES) : policy.tries;
  return { policy: { ...policy, tries }, onNotice, signal, what };
}

function isAvoided({ avoided }: RepositoryContext, client: EndpointClient): boolean {
  return (avoided.get(client) ?? 0) > Date.now();
}

/** That a mirror does not have something is no failure to tell of. */
export function mirrorFailed(context: RepositoryContext, site: Site, error: unknown): void {
  const kind = kindOf(error);
  if (kind === "not-found" || isAvoided(context, site.client)) return;
  if (kind === "unavailable") context.avoided.set(site.client, Date.now() + AVOIDED_MS);
  context.onNotice?.({ kind: "mirror-failed", mirror: site.client.name, reason: messageOf(error) });
}
