import { algorithmOf, type Digest, isDigest } from "#oci";
import { refuse } from "./registry-error.ts";

/** A digest as a client writes it; DIGEST_INVALID unless it is one of sha256 or sha512. */
export function digestFrom(text: string): Digest {
  if (isDigest(text) && /^sha(256|512)$/.test(algorithmOf(text))) return text;
  return refuse("DIGEST_INVALID", "the digest is none of sha256 or sha512", {
    detail: { digest: text.slice(0, 200) },
  });
}

/** Like {@link digestFrom} of a query's parameter. */
export function digestParameter(query: URLSearchParams, name: string): Digest {
  const text = query.get(name);
  return text === null
    ? refuse("DIGEST_INVALID", `the parameter ${name} is missing`)
    : digestFrom(text);
}
