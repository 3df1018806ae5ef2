import { fail } from "#errors";
import { type Digest, isDigest, parseDigest } from "./digest.ts";

/** A name of an image: registry and repository are always filled in. */
export interface Reference {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const REGISTRY =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const REPOSITORY =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[\w][\w.-]{0,127}$/;
const HUB = "docker.io";

/**
 * The reference that `text` spells, in Docker's familiar grammar: `docker.io` and `library/`
 * are filled in, a tag is not. Fails with `invalid-argument` in Docker's words.
 */
export function parseReference(text: string): Reference {
  if (/^[a-f0-9]{64}$/.test(text)) {
    fail(
      "invalid-argument",
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const { name, tag, digest } = splitSuffixes(text);
  return { ...parseName(name, text), ...(tag && { tag }), ...(digest && { digest }) };
}

/** Like {@link parseReference}, with the tag `latest` where neither tag nor digest is given. */
export function parseTaggedReference(text: string): Reference {
  const reference = parseReference(text);
  return reference.tag || reference.digest ? reference : { ...reference, tag: "latest" };
}

/** The canonical text: `docker.io/library/alpine:latest`. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

/** The short text people write: `alpine:latest`. */
export function familiarReference(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

/** The repository as people write it: `alpine`, `user/app`, `localhost:5000/app`. */
export function familiarName({ registry, repository }: Reference): string {
  if (registry !== HUB) return `${registry}/${repository}`;
  const short = repository.replace(/^library\//, "");
  return short.includes("/") ? repository : short;
}

function suffix({ tag, digest }: Reference): string {
  return (tag ? `:${tag}` : "") + (digest ? `@${digest}` : "");
}

function splitSuffixes(text: string): { name: string; tag?: string; digest?: Digest } {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : checkedDigest(text.slice(at + 1), text);
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.indexOf(":", rest.lastIndexOf("/") + 1);
  if (colon < 0) return { name: rest, ...(digest && { digest }) };
  const tag = rest.slice(colon + 1);
  if (!TAG.test(tag)) invalid(text);
  return { name: rest.slice(0, colon), tag, ...(digest && { digest }) };
}

function checkedDigest(digest: string, text: string): Digest {
  return isDigest(digest) ? parseDigest(digest) : invalid(text);
}

function parseName(name: string, text: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, slash);
  const hasRegistry =
    slash > 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  const registry = hasRegistry ? canonicalRegistry(first) : HUB;
  const path = hasRegistry ? name.slice(slash + 1) : name;
  const repository = registry === HUB && !path.includes("/") ? `library/${path}` : path;
  if (!REGISTRY.test(registry)) invalid(text);
  if (!REPOSITORY.test(repository)) invalidRepository(repository, text);
  if (repository.length > 255)
    fail("invalid-argument", `repository name must not be more than 255 characters: ${path}`);
  return { registry, repository };
}

function canonicalRegistry(registry: string): string {
  return registry === "index.docker.io" ? HUB : registry;
}

function invalidRepository(repository: string, text: string): never {
  const lower = repository.toLowerCase();
  if (lower !== repository && REPOSITORY.test(lower)) {
    fail(
      "invalid-argument",
      `invalid reference format: repository name (${repository}) must be lowercase`,
    );
  }
  return invalid(text);
}

function invalid(text: string): never {
  fail("invalid-argument", `invalid reference format: ${JSON.stringify(text)}`);
}
