import { fail } from "#errors";
import type { RegistriesConfig } from "#remote";

/** The registry that a pull-through cache is of. */
export interface Upstream {
  /** As references name it: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** For messages. */
  readonly url: string;
  /** What a repository of ours is called there. */
  repositoryOf(repository: string): string;
  /** How it is reached: as the configuration says of its certificates, by the URL's protocol. */
  configured(registries: RegistriesConfig): RegistriesConfig;
}

const HUB = "docker.io";
const HUB_HOSTS = [HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/**
 * The upstream of a URL: `https://registry-1.docker.io`, `http://localhost:5000`, with a path for
 * repositories below one; without a protocol, https. Fails with `invalid-argument`.
 */
export function parseUpstream(text: string): Upstream {
  const url = parseUrl(text);
  const prefix = url.pathname.replace(/^\/+|\/+$/g, "").replace(/^v2(?:\/|$)/, "");
  const registry = HUB_HOSTS.includes(url.host) ? HUB : url.host;
  const repositoryOf = (repository: string) => {
    if (prefix !== "") return `${prefix}/${repository}`;
    return registry === HUB && !repository.includes("/") ? `library/${repository}` : repository;
  };
  return {
    registry,
    repositoryOf,
    url: `${url.origin}${prefix && `/${prefix}`}`,
    configured: (registries) => ({
      async access(name) {
        const access = await registries.access(name);
        const protocol = url.protocol === "http:" ? "http" : "https";
        return {
          ...access,
          endpoints: access.endpoints.slice(-1).map((endpoint) => ({ ...endpoint, protocol })),
        };
      },
    }),
  };
}

function parseUrl(text: string): URL {
  const whole = /^[a-z]+:\/\//.test(text) ? text : `https://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    return fail(
      "invalid-argument",
      `invalid upstream ${JSON.stringify(text)}: write a URL like https://HOST[:PORT]`,
    );
  if (url.username || url.password)
    fail(
      "invalid-argument",
      'a password in the URL of the upstream can be seen by others: sign in to it with "shale login"',
    );
  return url;
}
