import type { JWTPayload } from "jose";
import { fail, kindOf } from "#errors";
import type { Authentication, Authenticator } from "./authenticator.ts";
import { authorizationOf } from "./authorization.ts";
import type { Access } from "./authorizer.ts";
import { bearerChallenge } from "./challenge.ts";
import type { KeySet } from "./key-set.ts";

export interface TokenOptions {
  /** Where clients get tokens: a URL. */
  readonly realm: string;
  /** What tokens must be made for (`aud`). */
  readonly service: string;
  /** Who must have made them (`iss`). */
  readonly issuer: string;
  readonly keys: KeySet;
}

/** Signatures by a private key; what a secret signs (HS256) could be signed with the public key. */
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Seconds that the issuer's clock may differ from ours. */
const CLOCK_TOLERANCE = 30;
const MOST_LENGTH = 16 * 1024;

/**
 * Signs in by tokens of an external issuer: JWTs whose `access` claim lists what their holder may do.
 *
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 */
export function tokenAuthenticator(options: TokenOptions): Authenticator {
  return {
    async authenticate(request) {
      const given = authorizationOf(request);
      if (given.scheme === "none") return { kind: "anonymous" };
      if (given.scheme !== "bearer") return refused("a bearer token is needed");
      if (given.token.length > MOST_LENGTH) return refused("the token is too long");
      return authenticationOf(await verify(options, given.token));
    },
    challenge: (_, access, found) => bearerChallenge(options, access, found),
  };
}

function refused(reason: string): Authentication {
  return { kind: "refused", reason };
}

function authenticationOf(verified: JWTPayload | string): Authentication {
  if (typeof verified === "string") return refused(verified);
  const { sub, access } = verified;
  const grants = grantsOf(access);
  return { kind: "user", grants, ...(sub && { user: sub }) };
}

/** The claims, or what is wrong with the token. A key that is not known makes the keys load again. */
async function verify(options: TokenOptions, token: string): Promise<JWTPayload | string> {
  try {
    return await verifyWith(options, token, "current");
  } catch (error) {
    if (codeOf(error) !== "ERR_JWKS_NO_MATCHING_KEY") return reasonOf(error);
  }
  try {
    return await verifyWith(options, token, "refreshed");
  } catch (error) {
    return reasonOf(error);
  }
}

async function verifyWith(
  { issuer, service, keys }: TokenOptions,
  token: string,
  which: "current" | "refreshed",
): Promise<JWTPayload> {
  const { jwtVerify, createLocalJWKSet } = await import("jose");
  const { payload } = await jwtVerify(token, createLocalJWKSet(await keys[which]()), {
    issuer,
    audience: service,
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE,
    requiredClaims: ["exp"],
  });
  return payload;
}

/** What of the reason a client may know; faults of ours are not the token's. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === "ERR_JWT_EXPIRED") return "the token has expired";
  if (code?.startsWith("ERR_J")) return "the token is not valid here";
  return fail(kindOf(error), "the keys of tokens cannot be had now", error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** What an `access` claim allows; what is not of its form allows nothing. */
function grantsOf(claim: unknown): (access: Access) => boolean {
  const entries: readonly unknown[] = Array.isArray(claim) ? claim : [];
  return ({ repository, action }) =>
    entries.some((entry) => {
      const { type, name, actions } = Object(entry) as Record<string, unknown>;
      if (!Array.isArray(actions)) return false;
      if (repository === undefined)
        return type === "registry" && name === "catalog" && actions.includes("*");
      const isNamed = type === "repository" && name === repository;
      return isNamed && (actions.includes(action) || actions.includes("*"));
    });
}
