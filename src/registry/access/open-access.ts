import { readFile } from "node:fs/promises";
import type { JSONWebKeySet } from "jose";
import { fail, kindOf } from "#errors";
import type { Authenticator } from "./authenticator.ts";
import type { Authorizer } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { parseHtpasswd } from "./htpasswd.ts";
import { issuedTokens } from "./issued-tokens.ts";
import { type KeySet, keySet, parseKeySet } from "./key-set.ts";
import { loadKeys } from "./load-keys.ts";
import { passwordAuthenticator } from "./password-authenticator.ts";
import { cachedPasswords } from "./password-cache.ts";
import { parseRules, type Rules } from "./rules.ts";
import { tokenAuthenticator } from "./token-authenticator.ts";

/** How people sign in and what they may do, as an operator says it. */
export interface AccessOptions {
  /** Path of a file of users and bcrypt hashes. */
  readonly htpasswd?: string;
  /** Tokens of an external issuer; not together with `htpasswd`. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    /** Path or URL of a JSON Web Key Set. */
    readonly jwks: string;
  };
  /** Path of a file of rules. */
  readonly rules?: string;
  readonly anonymousRead?: boolean;
}

/** Who may do what, as files say it. */
export interface AccessControl extends Authorizer {
  /** Answers a request for a token; undefined where none are given out. */
  tokens(request: Request): Promise<Response> | undefined;
  /** Reads the files anew. When one cannot be read or understood, all stays as it was. */
  reload(): Promise<void>;
}

/**
 * Reads what decides on access. Fails with `not-found`, `permission-denied` or `invalid-argument`
 * that names the file and its line.
 */
export async function openAccess(options: AccessOptions): Promise<AccessControl> {
  let current = await load(options);
  return {
    authorize: (request, access) => current.authorizer.authorize(request, access),
    tokens: (request) => current.authenticator?.tokens?.(request),
    async reload() {
      current = await load(options, current.keys);
    },
  };
}

interface Loaded {
  readonly authorizer: Authorizer;
  readonly authenticator?: Authenticator;
  readonly keys?: KeySet;
}

async function load(options: AccessOptions, keys = keysOf(options)): Promise<Loaded> {
  const rules = options.rules && parseRules(await readText(options.rules), options.rules);
  const allowed = { ...(rules && { rules }), anonymousRead: options.anonymousRead ?? false };
  await keys?.reload().catch(unlessUnavailable);
  const authenticator = await openAuthenticator(options, keys, allowed);
  const authorizer = createAuthorizer({ ...allowed, ...(authenticator && { authenticator }) });
  return { authorizer, ...(authenticator && { authenticator }), ...(keys && { keys }) };
}

/** An issuer that is down now is asked again when its first token comes. */
function unlessUnavailable(error: unknown): void {
  if (kindOf(error) !== "unavailable") throw error;
}

async function openAuthenticator(
  { htpasswd, token }: AccessOptions,
  keys: KeySet | undefined,
  { anonymousRead, rules }: { anonymousRead: boolean; rules?: Rules },
): Promise<Authenticator | undefined> {
  if (token && keys) return tokenAuthenticator({ ...token, keys });
  if (!htpasswd) return undefined;
  const text = await readText(htpasswd);
  const passwords = cachedPasswords(parseHtpasswd(text, htpasswd));
  const hasAnonymous = anonymousRead || (rules?.allowAnonymous ?? false);
  return passwordAuthenticator({ passwords, ...(hasAnonymous && { tokens: issuedTokens(text) }) });
}

function keysOf({ token }: AccessOptions): KeySet | undefined {
  return token && keySet(() => loadFrom(token.jwks));
}

async function loadFrom(place: string): Promise<JSONWebKeySet> {
  if (/^https?:\/\//.test(place)) return loadKeys(new URL(place));
  return parseKeySet(await readText(place), place);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") fail("not-found", `open ${path}: no such file or directory`, error);
    if (code === "EACCES") fail("permission-denied", `open ${path}: permission denied`, error);
    return fail("invalid-argument", `cannot read ${path}: ${code}`, error);
  }
}
