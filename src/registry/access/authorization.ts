/** What an `Authorization` header says (RFC 9110 section 11.6.2). */
export type Authorization =
  | { readonly scheme: "none" | "unknown" }
  | { readonly scheme: "basic"; readonly user: string; readonly password: string }
  | { readonly scheme: "bearer"; readonly token: string };

/** Reads the header of a request; one that cannot be understood is `unknown`, never `none`. */
export function authorizationOf(request: Request): Authorization {
  const header = request.headers.get("authorization");
  if (header === null) return { scheme: "none" };
  const [, scheme = "", value = ""] = /^([!-~]+) +([!-~]+)$/.exec(header.trim()) ?? [];
  if (scheme.toLowerCase() === "bearer") return { scheme: "bearer", token: value };
  if (scheme.toLowerCase() === "basic") return basicOf(value);
  return { scheme: "unknown" };
}

/** RFC 7617: base64 of `user:password`, in UTF-8. */
function basicOf(value: string): Authorization {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return { scheme: "unknown" };
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return { scheme: "unknown" };
  return { scheme: "basic", user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** A parameter's value in double quotes (RFC 9110 section 5.6.4). */
export function quotedString(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&")}"`;
}
