const HUB = "docker.io";
const HUB_KEY = "https://index.docker.io/v1/";
const HUB_HOSTS = [HUB, "index.docker.io", "registry-1.docker.io"];
const API_PATHS = ["", "v1", "v2"];

/** What the key of an entry stands for: a whole registry, or what is below a path of it. */
export interface ServerScope {
  /** `docker.io`, `localhost:5000`; in lower case. */
  readonly registry: string;
  /** Repositories at or below this one; empty for the whole registry. */
  readonly path: string;
}

/**
 * Reads a key of `auths` or `credHelpers`, or what a user calls a server. With a scheme it is an
 * old address of a whole registry, whatever its path (`https://index.docker.io/v1/`); without one
 * its path narrows it down (`quay.io/team`, containers-auth.json(5)).
 */
export function parseServer(key: string): ServerScope {
  const bare = key.replace(/^https?:\/\//i, "");
  const [host = "", ...rest] = bare.split("/");
  const registry = canonicalHost(host.toLowerCase());
  const path = rest.join("/").replace(/\/+$/, "");
  const whole = bare !== key || API_PATHS.includes(path);
  return { registry, path: whole ? "" : path };
}

function canonicalHost(host: string): string {
  return HUB_HOSTS.includes(host) ? HUB : host;
}

/** The key that docker keeps a registry's credential under. */
export function serverKey(registry: string): string {
  const { registry: host } = parseServer(registry);
  return host === HUB ? HUB_KEY : host;
}

/**
 * The value that is kept for a repository, or for the whole registry when none is named: of all
 * whose keys fit, the one with the longest path, and docker's own spelling before others.
 */
export function mostSpecific<Value>(
  values: Readonly<Record<string, Value>>,
  registry: string,
  repository = "",
): Value | undefined {
  const own = serverKey(registry);
  const rank = ([key]: readonly [string, Value]) =>
    2 * parseServer(key).path.length + +(key === own);
  const fitting = Object.entries(values).filter(([key]) => covers(key, registry, repository));
  return fitting.sort((one, other) => rank(other) - rank(one))[0]?.[1];
}

function covers(key: string, registry: string, repository: string): boolean {
  const scope = parseServer(key);
  if (scope.registry !== parseServer(registry).registry) return false;
  return scope.path === "" || `${repository}/`.startsWith(`${scope.path}/`);
}

/** The keys of a whole registry, in every spelling. */
export function keysOf(values: Readonly<Record<string, unknown>>, registry: string): string[] {
  const own = parseServer(registry).registry;
  return Object.keys(values).filter((key) => {
    const scope = parseServer(key);
    return scope.registry === own && scope.path === "";
  });
}
