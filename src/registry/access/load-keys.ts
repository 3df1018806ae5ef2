import type { JSONWebKeySet } from "jose";
import { collect } from "#bytes";
import { fail, KindedError, messageOf } from "#errors";
import { parseKeySet } from "./key-set.ts";

const MOST_BYTES = 1024 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * Reads an issuer's keys from a URL: https, or http of this very machine, since who can change the
 * keys can sign in as anybody. Fails with `unavailable` or `invalid-argument`.
 */
export async function loadKeys(url: URL): Promise<JSONWebKeySet> {
  const isHere = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isHere))
    fail("invalid-argument", `the keys of tokens must come by https, not from ${url.href}`);
  try {
    const response = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) fail("unavailable", `HTTP status ${response.status}`);
    const bytes = await collect(response.body ?? new ReadableStream(), MOST_BYTES);
    return parseKeySet(new TextDecoder().decode(bytes), url.href);
  } catch (error) {
    if (error instanceof KindedError && error.kind === "invalid-argument") throw error;
    return fail(
      "unavailable",
      `cannot load the keys of tokens from ${url.href}: ${messageOf(error)}`,
      error,
    );
  }
}
