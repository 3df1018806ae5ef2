import { abortable } from "../abortable.ts";
import type { Scope } from "./scope.ts";
import type { Token, TokenRealm, TokenRequest } from "./token-service.ts";

/** Tokens by realm, service and scopes, each asked for once at a time and kept while it is good. */
export interface TokenCache {
  get(request: TokenRequest, signal?: AbortSignal): Promise<Token>;
  forget(key: { readonly realm: TokenRealm; readonly scopes: readonly Scope[] }): void;
}

interface Kept {
  readonly token: Promise<Token>;
  goodUntil: number;
}

/** A request takes a moment to arrive: the last tenth of a token's life is not used. */
const USED_LIFE = 0.9;

export function createTokenCache(
  fetchToken: (request: TokenRequest) => Promise<Token>,
  now: () => number = Date.now,
): TokenCache {
  const tokens = new Map<string, Kept>();
  const fetched = (key: string, request: TokenRequest): Kept => {
    const asked = now();
    // A server that pulls through asks for tokens as long as it lives.
    for (const [old, { goodUntil }] of tokens) if (goodUntil <= asked) tokens.delete(old);
    const kept: Kept = { token: fetchToken(request), goodUntil: Number.POSITIVE_INFINITY };
    tokens.set(key, kept);
    kept.token.then(
      ({ expiresInMs }) => {
        kept.goodUntil = asked + expiresInMs * USED_LIFE;
      },
      () => {
        if (tokens.get(key) === kept) tokens.delete(key);
      },
    );
    return kept;
  };
  return {
    async get(request, signal) {
      const key = keyOf(request);
      const known = tokens.get(key);
      const kept = known && known.goodUntil > now() ? known : fetched(key, request);
      return await abortable(kept.token, signal);
    },
    forget(key) {
      tokens.delete(keyOf(key));
    },
  };
}

function keyOf({ realm, scopes }: Pick<TokenRequest, "realm" | "scopes">): string {
  return [realm.url.href, realm.service ?? "", ...scopes].join("\n");
}
