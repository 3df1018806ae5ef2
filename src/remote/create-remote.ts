import { fail } from "#errors";
import { familiarName } from "#oci";
import { DEFAULT_RANGES } from "./blobs/range-policy.ts";
import { createRepository } from "./client/create-repository.ts";
import {
  createEndpointClient,
  type EndpointClient,
  type EndpointClientOptions,
} from "./client/endpoint-client.ts";
import { type RepositoryContext, retryContext, type Site } from "./client/sites.ts";
import { HUB, HUB_HOST, HUB_INDEX } from "./hub/hosts.ts";
import { checkCredential } from "./hub/login.ts";
import { searchCatalog, searchHub } from "./hub/search.ts";
import { listRepositories } from "./manifests/lists.ts";
import type { Endpoint } from "./registries-config.ts";
import type { Remote, RemoteOptions } from "./remote.ts";
import { DEFAULT_RETRY } from "./retry.ts";
import { createTransport, DEFAULT_TIMEOUTS } from "./transport/transport.ts";

/** Registries as one user sees them. Connections and tokens are shared by all of its repositories. */
export function createRemote(options: RemoteOptions): Remote {
  const shared = {
    foreign: createTransport({ tls: { rejectUnauthorized: true }, ...manners(options) }),
    avoided: new Map<EndpointClient, number>(),
  };
  const clients = new Map<string, EndpointClient>();
  const clientOf = (endpoint: Endpoint): EndpointClient => {
    const key = JSON.stringify({ ...endpoint, repository: "", pulls: "" });
    const client = clients.get(key) ?? createClient(endpoint, options);
    clients.set(key, client);
    return client;
  };
  const contextOf = (name: { registry: string; repository: string }) =>
    createContext(name, options, clientOf, shared);
  const registryOf = (registry: string) => contextOf({ registry, repository: "" });

  return {
    repository: (name) => createRepository(contextOf(name)),
    async login(registry, credential, { signal } = {}) {
      let identityToken: string | undefined;
      const client = createClient(await ownEndpoint(registry, options), options, {
        credential: async () => credential,
        onRefreshToken: (token) => {
          identityToken = token;
        },
      });
      const attempt = { what: `signing in to ${registry}`, signal };
      await checkCredential(client, retryContext(registryOf(registry), attempt));
      return identityToken === undefined ? {} : { identityToken };
    },
    catalog: (registry, request) => listRepositories(registryOf(registry), request),
    async search(registry, term, request = {}) {
      const context = registryOf(registry);
      if (registry !== HUB) return await searchCatalog(context, term, request);
      const client = clientOf(searchEndpoint(await ownEndpoint(registry, options)));
      const attempt = { what: `searching ${registry}`, signal: request.signal };
      return await searchHub(client, term, request.limit, retryContext(context, attempt));
    },
  };
}

async function ownEndpoint(registry: string, options: RemoteOptions): Promise<Endpoint> {
  return (await endpointsOf({ registry, repository: "" }, options)).at(-1)!;
}

/** Hub is searched at another host than it is pulled from; what stands in for it at the same. */
function searchEndpoint(endpoint: Endpoint): Endpoint {
  return endpoint.location === HUB_HOST ? { ...endpoint, location: HUB_INDEX } : endpoint;
}

function createContext(
  name: { readonly registry: string; readonly repository: string },
  options: RemoteOptions,
  clientOf: (endpoint: Endpoint) => EndpointClient,
  shared: Pick<RepositoryContext, "foreign" | "avoided">,
): RepositoryContext {
  let sites: Promise<readonly Site[]> | undefined;
  return {
    ...name,
    name: name.repository === "" ? name.registry : familiarName(name),
    sites: () => (sites ??= endpointsOf(name, options).then((all) => all.map(siteOf(clientOf)))),
    ...shared,
    ranges: { ...DEFAULT_RANGES, ...options.ranges },
    policy: { ...DEFAULT_RETRY, ...options.retry },
    onNotice: options.onNotice,
  };
}

async function endpointsOf(
  name: { readonly registry: string; readonly repository: string },
  { registries }: RemoteOptions,
): Promise<readonly Endpoint[]> {
  const { endpoints, blocked } = await registries.access(name);
  if (!blocked) return endpoints;
  const full = [name.registry, name.repository].filter(Boolean).join("/");
  return fail("permission-denied", `${full} is blocked by the configuration of registries`);
}

function siteOf(clientOf: (endpoint: Endpoint) => EndpointClient) {
  return (endpoint: Endpoint, index: number, all: readonly Endpoint[]): Site => ({
    client: clientOf(endpoint),
    repository: endpoint.repository,
    isMirror: index < all.length - 1,
    ...(endpoint.pulls !== undefined && { pulls: endpoint.pulls }),
  });
}

function createClient(
  endpoint: Endpoint,
  options: RemoteOptions,
  overrides: Partial<Pick<EndpointClientOptions, "credential" | "onRefreshToken">> = {},
): EndpointClient {
  const { location } = endpoint;
  const name = location === HUB_HOST || location === HUB_INDEX ? HUB : location;
  return createEndpointClient({
    endpoint,
    name,
    credential: (repository) => options.credentials.find(name, repository),
    ...manners(options),
    onNotice: options.onNotice,
    ...overrides,
  });
}

function manners({ userAgent = "shale", timeouts }: RemoteOptions) {
  return { userAgent, timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts } };
}
