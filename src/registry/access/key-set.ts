import type { JSONWebKeySet } from "jose";
import { fail } from "#errors";

/** The keys of an issuer of tokens: by which theirs are verified. */
export interface KeySet {
  current(): Promise<JSONWebKeySet>;
  /** Loads them again because a key was not among them, unless that was done a moment ago. */
  refreshed(): Promise<JSONWebKeySet>;
  /** Loads them now; the old ones stay when that fails. */
  reload(): Promise<void>;
}

/** Milliseconds between two loads: nobody makes us load keys more often by inventing key IDs. */
const COOLDOWN = 30_000;

/** @param load reads the keys anew from where they are */
export function keySet(load: () => Promise<JSONWebKeySet>, now: () => number = Date.now): KeySet {
  let keys: JSONWebKeySet | undefined;
  let loading: Promise<JSONWebKeySet> | undefined;
  let failure: unknown;
  let started = Number.NEGATIVE_INFINITY;

  const begin = async (): Promise<JSONWebKeySet> => {
    started = now();
    try {
      keys = await load();
      return keys;
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      loading = undefined;
    }
  };
  const reload = () => {
    loading ??= begin();
    return loading;
  };
  const mayLoad = () => loading !== undefined || now() - started >= COOLDOWN;
  return {
    async current() {
      if (keys) return keys;
      if (mayLoad()) return reload();
      throw failure;
    },
    async refreshed() {
      if (!mayLoad()) return this.current();
      return reload().catch(() => this.current());
    },
    async reload() {
      await reload();
    },
  };
}

/**
 * A JSON Web Key Set (RFC 7517). Fails with `invalid-argument` when it is none, and when it has a
 * secret: what verifies tokens here must not be able to make them.
 *
 * @param place where the text is from, for messages
 */
export function parseKeySet(text: string, place: string): JSONWebKeySet {
  const keys = parseJson(text)?.keys;
  if (!Array.isArray(keys) || keys.length === 0)
    return fail("invalid-argument", `${place}: not a JSON Web Key Set: it has no list of keys`);
  for (const key of keys) {
    if (typeof key !== "object" || key === null || typeof key.kty !== "string")
      fail("invalid-argument", `${place}: not a JSON Web Key Set: a key has no type`);
    if (key.kty === "oct" || "d" in key)
      fail("invalid-argument", `${place}: has a secret or private key: give the public keys alone`);
  }
  return { keys };
}

function parseJson(text: string): { keys?: unknown } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
