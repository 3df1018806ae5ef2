import { refuse } from "./registry-error.ts";

/** What a request is about. */
export type Route =
  | { readonly name: "base" }
  | { readonly name: "catalog" }
  | { readonly name: "tags"; readonly repository: string }
  | { readonly name: "uploads"; readonly repository: string }
  | {
      readonly name: "blob" | "manifest" | "upload" | "referrers";
      readonly repository: string;
      /** A digest, a tag or an upload's id; not checked yet. */
      readonly reference: string;
    };

const REPOSITORY =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const LONGEST_NAME = 255;

/** Paths below `/v2/NAME/`, the more telling ones first. */
const PATHS: readonly (readonly [RegExp, Exclude<Route["name"], "base" | "catalog">])[] = [
  [/^(.+)\/blobs\/uploads\/?$/, "uploads"],
  [/^(.+)\/blobs\/uploads\/([^/]+)$/, "upload"],
  [/^(.+)\/blobs\/([^/]+)$/, "blob"],
  [/^(.+)\/manifests\/([^/]+)$/, "manifest"],
  [/^(.+)\/tags\/list$/, "tags"],
  [/^(.+)\/referrers\/([^/]+)$/, "referrers"],
];

/**
 * The route of a URL's path. Undefined when the registry has nothing there; fails with NAME_INVALID
 * when the repository's name is none.
 */
export function parseRoute(pathname: string): Route | undefined {
  if (!pathname.startsWith("/v2")) return undefined;
  if (pathname === "/v2/" || pathname === "/v2") return { name: "base" };
  if (pathname === "/v2/_catalog") return { name: "catalog" };
  const path = pathname[3] === "/" ? decoded(pathname.slice(4)) : "";
  for (const [pattern, name] of PATHS) {
    const [, repository, reference = ""] = pattern.exec(path) ?? [];
    if (repository === undefined) continue;
    checkName(repository);
    return name === "tags" || name === "uploads"
      ? { name, repository }
      : { name, repository, reference };
  }
  return undefined;
}

/** Whether a repository's name is one (OCI distribution spec, "Pulling manifests"). */
export function isRepositoryName(name: string): boolean {
  return name.length <= LONGEST_NAME && REPOSITORY.test(name);
}

function checkName(name: string): void {
  if (isRepositoryName(name)) return;
  const detail = { name: name.slice(0, LONGEST_NAME) };
  refuse("NAME_INVALID", "invalid repository name", { detail });
}

function decoded(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return refuse("NAME_INVALID", "the path is not properly encoded");
  }
}
