import type { Access } from "./authorizer.ts";

/** Who sent a request, as far as it proves it. */
export type Authentication =
  | {
      readonly kind: "user";
      /** Absent when an issuer vouches for somebody without telling who it is. */
      readonly user?: string;
      /** What the proof itself is limited to; everything when absent. */
      readonly grants?: (access: Access) => boolean;
    }
  | { readonly kind: "anonymous"; readonly grants?: (access: Access) => boolean }
  /** There is a proof, and it is none. */
  | { readonly kind: "refused"; readonly reason: string };

/** Finds out who sent a request. */
export interface Authenticator {
  authenticate(request: Request): Promise<Authentication>;
  /**
   * How to sign in: the `WWW-Authenticate` of a 401.
   *
   * @param found what is not enough
   */
  challenge(request: Request, access: Access, found: Authentication): string;
  /** Answers requests for tokens, where it gives them out itself. */
  tokens?(request: Request): Promise<Response>;
}
