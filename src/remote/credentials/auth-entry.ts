import { fail } from "#errors";
import type { Credential } from "../credential.ts";

/**
 * An entry of `auths`, as far as it is known here.
 *
 * @see https://github.com/docker/cli/blob/master/docs/reference/commandline/login.md
 */
export interface AuthEntry {
  /** Base64 of `username:password`. */
  readonly auth?: unknown;
  readonly username?: unknown;
  readonly password?: unknown;
  readonly identitytoken?: unknown;
  readonly registrytoken?: unknown;
}

/**
 * The credential in an entry; undefined for an empty one, as helpers leave behind. Fails with
 * `data-loss`, without any of its words, when `auth` is damaged.
 */
export function parseAuthEntry(entry: AuthEntry): Credential | undefined {
  const { registrytoken, identitytoken, auth } = entry;
  if (isText(registrytoken)) return { kind: "registry-token", token: registrytoken };
  if (isText(identitytoken)) return { kind: "identity-token", token: identitytoken };
  const { username, password } = isText(auth) ? decodeAuth(auth) : entry;
  if (!isText(username) || !isText(password)) return undefined;
  return { kind: "password", username, password };
}

export function formatAuthEntry(credential: Credential): AuthEntry {
  switch (credential.kind) {
    case "registry-token":
      return { registrytoken: credential.token };
    case "identity-token":
      return { identitytoken: credential.token };
    case "password": {
      const pair = `${credential.username}:${credential.password}`;
      return { auth: Buffer.from(pair).toString("base64") };
    }
  }
}

function decodeAuth(auth: string): { username: string; password: string } {
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(auth) && auth.length % 4 === 0;
  if (!isBase64) fail("data-loss", "illegal base64 data");
  const text = Buffer.from(auth, "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 0) fail("data-loss", "no colon between username and password");
  return { username: text.slice(0, colon), password: trimNul(text.slice(colon + 1)) };
}

/** Old docker clients padded passwords with NUL. */
function trimNul(text: string): string {
  return text.replace(/^\0+|\0+$/g, "");
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
