import type { Authentication } from "./authenticator.ts";
import type { Access } from "./authorizer.ts";
import { bearerChallenge } from "./challenge.ts";

/** Seconds a token can be used. */
const LIFETIME = 300;
/** Where tokens are given out. */
export const TOKEN_PATH = "/v2/token";

interface Holder {
  /** Absent: of somebody who has not signed in. */
  readonly user?: string;
}

/** Tokens that say who their holder is, given out and checked by this registry. */
export interface IssuedTokens {
  challenge(request: Request, access: Access, found: Authentication): string;
  issue(found: Authentication): Response;
  /** Undefined when the token has expired or is not ours. */
  verify(token: string): Holder | undefined;
}

/**
 * @param secret what all replicas of the registry have in common and nobody else knows: the file
 * of passwords. A change of it ends all tokens.
 */
export function issuedTokens(secret: string, now: () => number = Date.now): IssuedTokens {
  const key = new Bun.CryptoHasher("sha256").update(`shale registry tokens\n${secret}`).digest();
  const sign = (body: string) => new Bun.CryptoHasher("sha256", key).update(body).digest();
  return {
    challenge(request, access, found) {
      const { origin, host } = addressedAs(request);
      return bearerChallenge({ realm: origin + TOKEN_PATH, service: host }, access, found);
    },
    issue(found) {
      const until = Math.floor(now() / 1000) + LIFETIME;
      const holder = { until, ...(found.kind === "user" && { user: found.user }) };
      const body = Buffer.from(JSON.stringify(holder)).toString("base64url");
      const token = `${body}.${sign(body).toString("base64url")}`;
      const issuedAt = new Date(now()).toISOString();
      return Response.json(
        { token, access_token: token, expires_in: LIFETIME, issued_at: issuedAt },
        { headers: { "cache-control": "no-store" } },
      );
    },
    verify(token) {
      const [body = "", signature = ""] = token.split(".");
      const given = Buffer.from(signature, "base64url");
      const expected = sign(body);
      if (given.length !== expected.length || !isEqual(given, expected)) return undefined;
      const { user, until } = JSON.parse(Buffer.from(body, "base64url").toString());
      return until > now() / 1000 ? { ...(typeof user === "string" && { user }) } : undefined;
    },
  };
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return process.getBuiltinModule("node:crypto").timingSafeEqual(a, b);
}

/** The registry's address as the client wrote it; a balancer that ends TLS says so. */
function addressedAs(request: Request): { origin: string; host: string } {
  // What stands in Host is up to the client, and HTTP/1.0 has none.
  const { host, protocol } = URL.parse(request.url) ?? { host: "localhost", protocol: "http:" };
  const forwarded = request.headers.get("x-forwarded-proto");
  return { origin: `${forwarded === "https" ? "https:" : protocol}//${host}`, host };
}
