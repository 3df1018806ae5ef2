import { fail } from "#errors";
import type { Credential } from "../credential.ts";
import { printableUrl } from "../transport/printable.ts";
import { parseUrl } from "../transport/urls.ts";
import { basicAuthorization } from "./basic.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { mergeScopes, repositoryIn, type Scope } from "./scope.ts";
import type { TokenCache } from "./token-cache.ts";
import type { TokenRealm } from "./token-service.ts";

export interface AuthenticatorOptions {
  readonly tokens: TokenCache;
  /** Some credentials are for some repositories only. */
  credential(repository: string | undefined): Promise<Credential | undefined>;
  /** Whether passwords and tokens may go over plain http: where the registry itself does. */
  allowsPlainHttp(): boolean;
}

/** Knows what to send to one host as proof of who the user is. */
export interface Authenticator {
  /** The `Authorization` header for these scopes; undefined as long as nobody asked for one. */
  authorization(scopes: readonly Scope[], signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Takes in the `WWW-Authenticate` header of a 401 and says whether another try makes sense.
   * Where the request was sent with a token that is new, only a wider scope does.
   */
  challenged(header: string, scopes: readonly Scope[], wasNew: boolean): Promise<boolean>;
}

type Mode = { readonly kind: "basic" } | { readonly kind: "bearer"; readonly realm: TokenRealm };

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { tokens } = options;
  const wider = createWiderScopes();
  let mode: Mode | undefined;
  const credential = once(options.credential);
  return {
    async authorization(scopes, signal) {
      const known = await credential(repositoryIn(scopes));
      if (known?.kind === "registry-token") return registryToken(known.token);
      if (mode?.kind === "basic")
        return known?.kind === "password" ? basicAuthorization(known) : undefined;
      if (mode === undefined) return undefined;
      const request = { realm: mode.realm, scopes: wider.of(scopes), credential: known };
      return `Bearer ${(await tokens.get(request, signal)).token}`;
    },
    async challenged(header, scopes, wasNew) {
      const known = await credential(repositoryIn(scopes));
      if (known?.kind === "registry-token") return false;
      const challenges = parseChallenges(header);
      const bearer = challenges.find(
        ({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"),
      );
      if (bearer !== undefined) {
        const realm = checkedRealm(bearer, options.allowsPlainHttp());
        mode = { kind: "bearer", realm };
        if (wider.add(scopes, scopesIn(bearer))) return true;
        tokens.forget({ realm, scopes: wider.of(scopes) });
      } else if (challenges.some(({ scheme }) => scheme === "basic")) {
        mode = { kind: "basic" };
        return !wasNew && known?.kind === "password";
      }
      return !wasNew && bearer !== undefined;
    },
  };
}

/** The scopes that registries asked for beyond those that were thought to do. */
function createWiderScopes() {
  const wider = new Map<string, readonly Scope[]>();
  const of = (scopes: readonly Scope[]) =>
    wider.get(mergeScopes(scopes).join(" ")) ?? mergeScopes(scopes);
  return {
    of,
    /** False when they are among the known. */
    add(scopes: readonly Scope[], more: readonly Scope[]): boolean {
      const before = of(scopes);
      const after = mergeScopes([...before, ...more]);
      wider.set(mergeScopes(scopes).join(" "), after);
      return after.join(" ") !== before.join(" ");
    },
  };
}

/** It is sent as it is: nothing in it may end the header. */
function registryToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
  return fail(
    "unauthenticated",
    "the stored registry token is no token; sign in with 'shale login'",
  );
}

/** Asks for each repository's credential once. */
function once(find: AuthenticatorOptions["credential"]): AuthenticatorOptions["credential"] {
  const found = new Map<string | undefined, Promise<Credential | undefined>>();
  return (repository) => {
    const known = found.get(repository) ?? find(repository);
    found.set(repository, known);
    return known;
  };
}

/** A realm that a man in the middle could read is not asked with a password. */
function checkedRealm({ parameters }: Challenge, allowsPlainHttp: boolean): TokenRealm {
  const url = parseUrl(parameters.get("realm") ?? "");
  if (url === undefined)
    return fail("unauthenticated", "the registry names no usable token service in its challenge");
  if (url.protocol === "http:" && !allowsPlainHttp)
    return fail(
      "unauthenticated",
      `the registry sends to ${printableUrl(url)} to sign in, which is not encrypted; nothing was sent there`,
    );
  url.username = "";
  url.password = "";
  const service = parameters.get("service");
  return { url, ...(service !== undefined && { service }) };
}

function scopesIn({ parameters }: Challenge): readonly Scope[] {
  return (parameters.get("scope") ?? "").split(" ").filter(Boolean);
}
