import { fail, quote } from "#errors";
import type { Endpoint } from "../registries-config.ts";

/** A mirror of Hub as Docker takes it: `http://host[:port]` or `https://host[:port]`, no more. */
export function parseMirrorUrl(text: string): Pick<Endpoint, "location" | "protocol"> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    return fail(
      "invalid-argument",
      `invalid mirror ${quote(text)}: it must be http://host[:port] or https://host[:port]`,
    );
  if (url.pathname !== "/" || url.search || url.hash)
    return fail(
      "invalid-argument",
      `invalid mirror: path, query, or fragment at end of the URI ${quote(text)}`,
    );
  if (url.username || url.password)
    return fail(
      "invalid-argument",
      `invalid mirror: username/password not allowed in URI of ${url.host}; use 'shale login ${url.host}'`,
    );
  return { location: url.host, protocol: url.protocol === "http:" ? "http" : "https" };
}
