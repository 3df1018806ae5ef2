import type { RangePolicy } from "./blobs/range-policy.ts";
import type { Credential, CredentialSource } from "./credential.ts";
import type { RegistriesConfig } from "./registries-config.ts";
import type { Repository, RequestOptions } from "./repository.ts";
import type { RetryPolicy } from "./retry.ts";
import type { Timeouts } from "./transport/transport.ts";

/** Something to tell the user while work goes on. */
export type RemoteNotice =
  | {
      readonly kind: "retry";
      readonly what: string;
      readonly reason: string;
      readonly inMs: number;
    }
  | { readonly kind: "mirror-failed"; readonly mirror: string; readonly reason: string }
  /** The registry's rate limit is nearly used up (`ratelimit-remaining`). */
  | {
      readonly kind: "quota";
      readonly remaining: number;
      readonly limit: number;
      readonly windowSeconds: number;
    };

export interface RemoteOptions {
  readonly registries: RegistriesConfig;
  readonly credentials: CredentialSource;
  readonly onNotice?: (notice: RemoteNotice) => void;
  /** Sent as User-Agent. */
  readonly userAgent?: string;
  /** In place of the defaults. */
  readonly retry?: Partial<RetryPolicy>;
  readonly timeouts?: Partial<Timeouts>;
  readonly ranges?: Partial<RangePolicy>;
}

export interface SearchOptions extends RequestOptions {
  /** The most results; 25 when absent. */
  readonly limit?: number;
}

export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly isOfficial: boolean;
}

/** Registries, as one user sees them: with their credentials, mirrors and certificates. */
export interface Remote {
  /** `registry` is a reference's: `docker.io`, `localhost:5000`. */
  repository(name: { readonly registry: string; readonly repository: string }): Repository;
  /**
   * Checks a credential against a registry; gives the identity token where the registry issued
   * one, to be kept in place of the password. Fails with `unauthenticated`.
   */
  login(
    registry: string,
    credential: Credential,
    options?: RequestOptions,
  ): Promise<{ readonly identityToken?: string }>;
  /** All repositories of a registry (`_catalog`), page by page. */
  catalog(registry: string, options?: RequestOptions): AsyncIterable<string>;
  /** Hub's search; on any other registry, its catalogue filtered by the term. */
  search(registry: string, term: string, options?: SearchOptions): Promise<readonly SearchResult[]>;
}
