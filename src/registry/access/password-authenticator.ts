import type { Authentication, Authenticator } from "./authenticator.ts";
import { authorizationOf, quotedString } from "./authorization.ts";
import type { PasswordFile } from "./htpasswd.ts";
import type { IssuedTokens } from "./issued-tokens.ts";

const REALM = "shale registry";
const WRONG = "wrong username or password";

export interface PasswordOptions {
  readonly passwords: PasswordFile;
  /**
   * Clients are told to fetch a token, which those without a password get, too. docker gives up
   * where a password is asked for and it has none, even if it would not need one to pull.
   */
  readonly tokens?: IssuedTokens;
}

/** Signs in by name and password (RFC 7617). */
export function passwordAuthenticator({ passwords, tokens }: PasswordOptions): Authenticator {
  const authenticate = async (request: Request): Promise<Authentication> => {
    const given = authorizationOf(request);
    if (given.scheme === "none") return { kind: "anonymous" };
    if (given.scheme === "basic") {
      const isRight = await passwords.verify(given.user, given.password);
      return isRight ? { kind: "user", user: given.user } : { kind: "refused", reason: WRONG };
    }
    if (given.scheme === "bearer" && tokens) return holderOf(given.token, tokens, passwords);
    return { kind: "refused", reason: "sign in with a username and a password" };
  };
  if (!tokens) return { authenticate, challenge: () => `Basic realm=${quotedString(REALM)}` };
  return {
    authenticate,
    challenge: (request, access, found) => tokens.challenge(request, access, found),
    tokens: async (request) => {
      const found = await authenticate(request);
      return found.kind === "refused" ? refusal(found.reason) : tokens.issue(found);
    },
  };
}

function holderOf(text: string, tokens: IssuedTokens, { users }: PasswordFile): Authentication {
  const holder = tokens.verify(text);
  if (holder === undefined) return { kind: "refused", reason: "the token has expired" };
  const { user } = holder;
  if (user === undefined) return { kind: "anonymous", grants: () => true };
  if (!users.includes(user)) return { kind: "refused", reason: WRONG };
  return { kind: "user", user };
}

/** The spec's form of an error (OCI distribution spec, error codes). */
function refusal(message: string): Response {
  return Response.json(
    { errors: [{ code: "UNAUTHORIZED", message }] },
    { status: 401, headers: { "www-authenticate": `Basic realm=${quotedString(REALM)}` } },
  );
}
