import { collect } from "#bytes";
import { fail } from "#errors";
import type { Credential } from "../credential.ts";
import { formatErrors, specErrors } from "../transport/http-error.ts";
import { printableUrl } from "../transport/printable.ts";
import { statusFault } from "../transport/status-fault.ts";
import type { HttpRequest, HttpResponse } from "../transport/transport.ts";
import { basicAuthorization } from "./basic.ts";
import type { Scope } from "./scope.ts";

/** Where a registry's tokens come from (distribution spec: token authentication). */
export interface TokenRealm {
  readonly url: URL;
  readonly service?: string;
}

export interface Token {
  readonly token: string;
  readonly expiresInMs: number;
  /** Stands for the password from now on (`offline_token`). */
  readonly refreshToken?: string;
}

export interface TokenRequest {
  readonly realm: TokenRealm;
  readonly scopes: readonly Scope[];
  readonly credential?: Credential | undefined;
  /** Asks for a refresh token, as `login` does. */
  readonly offline?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export type Send = (request: HttpRequest) => Promise<HttpResponse>;

const CLIENT_ID = "shale";
const MOST_BYTES = 1 << 20;
const LONGEST_TOKEN = 512 << 10;
/** What a token without `expires_in` is good for, by the spec. */
const DEFAULT_SECONDS = 60;

/** Asks for a token: by OAuth2 with an identity token, else by GET, as somebody or nobody. */
export async function fetchToken(send: Send, request: TokenRequest): Promise<Token> {
  const response = await send(
    request.credential?.kind === "identity-token"
      ? oauthRequest(request, request.credential.token)
      : tokenRequest(request),
  );
  if (response.status === 401 || response.status === 403) return await refused(response, request);
  if (response.status !== 200)
    throw await statusFault(response, `cannot get a token from ${printableUrl(request.realm.url)}`);
  return parseToken(await collect(response.body, MOST_BYTES), request.realm);
}

function tokenRequest({ realm, scopes, credential, offline, signal }: TokenRequest): HttpRequest {
  const url = new URL(realm.url);
  if (realm.service !== undefined) url.searchParams.set("service", realm.service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (offline) {
    url.searchParams.set("offline_token", "true");
    url.searchParams.set("client_id", CLIENT_ID);
  }
  if (credential?.kind !== "password") return { method: "GET", url, headers: {}, signal };
  url.searchParams.set("account", credential.username);
  return { method: "GET", url, headers: { Authorization: basicAuthorization(credential) }, signal };
}

/** OAuth2 (RFC 6749 section 6). */
function oauthRequest({ realm, scopes, signal }: TokenRequest, refreshToken: string): HttpRequest {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: CLIENT_ID,
    refresh_token: refreshToken,
    scope: scopes.join(" "),
    ...(realm.service !== undefined && { service: realm.service }),
  });
  return {
    method: "POST",
    url: realm.url,
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new TextEncoder().encode(form.toString()),
    isSecret: true,
    signal,
  };
}

async function refused(
  response: HttpResponse,
  { credential, realm }: TokenRequest,
): Promise<never> {
  const reason = formatErrors(await specErrors(response));
  const said =
    reason ||
    (credential === undefined ? "authentication required" : "incorrect username or password");
  return fail(
    "unauthenticated",
    `unauthorized: ${said} (${printableUrl(realm.url)} gives no token); sign in with 'shale login'`,
  );
}

function parseToken(bytes: Uint8Array, realm: TokenRealm): Token {
  const body = jsonObject(bytes);
  const token = [body.token, body.access_token].find(isToken);
  const { expires_in: expires, refresh_token: refreshToken } = body;
  if (token === undefined)
    return fail(
      "unavailable",
      `${printableUrl(realm.url)} answered without a token; try again later`,
    );
  return {
    token,
    expiresInMs: seconds(expires) * 1000,
    ...(isToken(refreshToken) && { refreshToken }),
  };
}

function seconds(expires: unknown): number {
  return typeof expires === "number" && expires > 0 ? expires : DEFAULT_SECONDS;
}

/** It goes into a header: nothing may end the line there. */
function isToken(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST_TOKEN && /^[\x21-\x7e]+$/.test(value);
}

function jsonObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}
