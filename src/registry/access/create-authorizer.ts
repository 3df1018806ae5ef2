import type { Authentication, Authenticator } from "./authenticator.ts";
import type { Access, Authorizer, Decision } from "./authorizer.ts";
import type { Rules } from "./rules.ts";

export interface AuthorizerOptions {
  /** Nobody can sign in when absent. */
  readonly authenticator?: Authenticator;
  /** Who has signed in may do everything when absent. */
  readonly rules?: Rules;
  /** Everybody may pull and see the catalogue. */
  readonly anonymousRead?: boolean;
}

/** Docker's words for it. */
const DENIED = "requested access to the resource is denied";
const UNKNOWN = "authentication required";

/**
 * Decides by who somebody is, what their proof is limited to, and the rules. `GET /v2/` is answered
 * with a challenge even where anybody may pull: clients learn there how to sign in, and go on
 * without where they have nothing to sign in with.
 */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { authenticator } = options;
  if (authenticator === undefined)
    return { authorize: async (_, access) => asNobody(options, access) };
  return {
    async authorize(request, access) {
      const found = await authenticator.authenticate(request);
      const decision = decide(options, found, access);
      if (decision.allowed || decision.challenge === undefined) return decision;
      return { ...decision, challenge: authenticator.challenge(request, access, found) };
    },
  };
}

/** Where nobody can sign in there is no challenge either. */
function asNobody(options: AuthorizerOptions, access: Access): Decision {
  if (isPing(access) || mayAnonymous(options, access)) return { allowed: true };
  return { allowed: false, reason: DENIED };
}

/** A challenge that is empty: to be made. */
function decide(options: AuthorizerOptions, found: Authentication, access: Access): Decision {
  if (found.kind === "refused") return { allowed: false, challenge: "", reason: found.reason };
  if (found.grants && !isPing(access) && !found.grants(access))
    return { allowed: false, challenge: "", reason: DENIED };
  if (found.kind === "anonymous") {
    const isKnown = found.grants !== undefined;
    if (isPing(access) ? isKnown : mayAnonymous(options, access)) return { allowed: true };
    return { allowed: false, challenge: "", reason: UNKNOWN };
  }
  const { user } = found;
  if (isPing(access) || (options.rules?.allows(user, access) ?? true))
    return { allowed: true, ...(user !== undefined && { user }) };
  return { allowed: false, reason: DENIED };
}

function mayAnonymous(
  { rules, anonymousRead = false }: AuthorizerOptions,
  access: Access,
): boolean {
  const isRead = access.action === "pull" || access.action === "catalog";
  return (anonymousRead && isRead) || (rules?.allows(undefined, access) ?? false);
}

function isPing({ repository, action }: Access): boolean {
  return repository === undefined && action === "pull";
}
