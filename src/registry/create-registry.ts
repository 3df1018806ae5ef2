import { serveBlob } from "./protocol/blobs.ts";
import { Exchange } from "./protocol/exchange.ts";
import { listCatalog, listTags } from "./protocol/lists.ts";
import { serveManifest } from "./protocol/manifests.ts";
import { listReferrers } from "./protocol/referrers.ts";
import { asRegistryError, refuse } from "./protocol/registry-error.ts";
import { requestTarget } from "./protocol/request-target.ts";
import { parseRoute, type Route } from "./protocol/route.ts";
import { beginUpload, serveUpload } from "./protocol/uploads.ts";
import type { Registry, RegistryEvent, RegistryOptions } from "./registry.ts";

const METHODS: Readonly<Record<Route["name"], readonly string[]>> = {
  base: ["GET", "HEAD"],
  catalog: ["GET", "HEAD"],
  tags: ["GET", "HEAD"],
  referrers: ["GET", "HEAD"],
  uploads: ["POST"],
  upload: ["GET", "HEAD", "PATCH", "PUT", "DELETE"],
  blob: ["GET", "HEAD", "DELETE"],
  manifest: ["GET", "HEAD", "PUT", "DELETE"],
};

/** A registry over records and a storage. */
export function createRegistry(options: RegistryOptions): Registry {
  return { fetch: (request) => answer(request, options) };
}

async function answer(request: Request, options: RegistryOptions): Promise<Response> {
  const start = performance.now();
  const { path, query } = requestTarget(request.url);
  const exchange = new Exchange(request, query, options);
  let route: Route | undefined;
  let response: Response;
  try {
    route = parseRoute(path);
    response = await dispatch(exchange, route);
  } catch (error) {
    const refusal = asRegistryError(error);
    if (refusal.status >= 500) options.onError?.(error, { method: request.method, path });
    response = refusal.toResponse();
  }
  response.headers.set("Docker-Distribution-API-Version", "registry/2.0");
  const event: RegistryEvent = {
    method: request.method,
    route: route?.name ?? "other",
    ...(route && "repository" in route && { repository: route.repository }),
    status: response.status,
    bytesIn: exchange.body.received,
    bytesOut: request.method === "HEAD" ? 0 : Number(response.headers.get("content-length") ?? 0),
    durationMs: performance.now() - start,
    ...(exchange.user !== undefined && { user: exchange.user }),
    path,
  };
  options.onEvent?.(event, request);
  return response;
}

async function dispatch(exchange: Exchange, route: Route | undefined): Promise<Response> {
  if (!route) return refuse("UNSUPPORTED", "there is nothing at this path", { status: 404 });
  const methods = METHODS[route.name];
  if (!methods.includes(exchange.request.method))
    refuse("UNSUPPORTED", "the operation is unsupported", {
      headers: { Allow: methods.join(", ") },
    });
  switch (route.name) {
    case "base":
      await exchange.authorize({ action: "pull" });
      return Response.json({});
    case "catalog":
      return listCatalog(exchange);
    case "tags":
      return listTags(exchange, route.repository);
    case "referrers":
      return listReferrers(exchange, route.repository, route.reference);
    case "uploads":
      return beginUpload(exchange, route.repository);
    case "upload":
      return serveUpload(exchange, route.repository, route.reference);
    case "blob":
      return serveBlob(exchange, route.repository, route.reference);
    case "manifest":
      return serveManifest(exchange, route.repository, route.reference);
  }
}
