import { kindOf } from "#errors";
import { TOKEN_PATH } from "../access/issued-tokens.ts";
import type { AccessControl } from "../access/open-access.ts";
import { requestTarget } from "../protocol/request-target.ts";
import type { Registry, RegistryEvent } from "../registry.ts";
import type { AccessLog } from "./access-log.ts";
import { watchPace } from "./client-pace.ts";
import type { Health } from "./health.ts";
import { type Handler, IDLE_SECONDS } from "./listener.ts";
import type { Metrics } from "./metrics.ts";
import type { OpenUploads } from "./open-uploads.ts";

export interface HandlerParts {
  readonly registry: Registry;
  /** What the registry told of a request. */
  readonly events: WeakMap<Request, RegistryEvent>;
  readonly access?: AccessControl;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: AccessLog;
  /** Requests that are being answered, of all listeners. */
  readonly pending: () => number;
  readonly uploads: OpenUploads;
  /** The server is about to end: uploads can be finished, not begun. */
  readonly isDraining: () => boolean;
  /** The most of them; more are told to come back. */
  readonly mostPending: number;
  /** Whether `/healthz` and `/metrics` are answered here. */
  readonly showsOperation: boolean;
}

/** Seconds that a client may go on sending what nobody reads, so that it can read why. */
const REFUSED_SECONDS = 8;

type Outcome = Pick<RegistryEvent, "route" | "bytesIn" | "bytesOut" | "user">;

/** Answers what comes in by the registry's listeners; every request is logged and counted. */
export function createHandler(parts: HandlerParts): Handler {
  return async (request, server) => {
    const start = performance.now();
    const { method } = request;
    const { path } = requestTarget(request.url);
    const hasBody = method !== "GET" && method !== "HEAD";
    watchPace(request, server);
    const isUpload = hasBody && path.includes("/blobs/uploads/");
    if (isUpload) {
      parts.metrics.uploadBegan();
      parts.uploads.begin(method, path);
    }
    const [response, outcome] = await answer(parts, request, path);
    if (isUpload) {
      parts.metrics.uploadEnded();
      parts.uploads.end(method, path, response);
    }
    server.timeout(request, response.ok || !hasBody ? IDLE_SECONDS : REFUSED_SECONDS);
    const { status } = response;
    const observation = { ...outcome, method, status, durationMs: performance.now() - start };
    parts.metrics.observe(observation);
    parts.log.write({ ...observation, path, time: new Date(), ...clientOf(request, server) });
    return response;
  };
}

type OperationParts = Pick<HandlerParts, "health" | "metrics" | "pending" | "isDraining">;

/** Answers `/healthz` and `/metrics` on an address of their own. */
export function operationHandler(parts: OperationParts): Handler {
  return async (request) =>
    answerOperation(parts, requestTarget(request.url).path) ??
    new Response("not found\n", { status: 404 });
}

async function answer(
  parts: HandlerParts,
  request: Request,
  path: string,
): Promise<[Response, Outcome]> {
  if (parts.showsOperation) {
    const response = await answerOperation(parts, path);
    if (response) return [response, outcomeOf(path.slice(1), response)];
  }
  if (parts.pending() > parts.mostPending) return [busy(), outcomeOf("busy")];
  if (parts.isDraining() && request.method === "POST") return [ending(), outcomeOf("busy")];
  if (path === TOKEN_PATH && request.method === "GET") {
    const response = await parts.access?.tokens(request)?.catch(failedToken(parts));
    if (response) return [response, outcomeOf("token", response)];
  }
  const response = await parts.registry.fetch(request);
  return [response, parts.events.get(request) ?? outcomeOf("other", response)];
}

function answerOperation(
  { health, metrics, pending, isDraining }: OperationParts,
  path: string,
): Promise<Response> | Response | undefined {
  if (path === "/healthz")
    return isDraining() ? Response.json({ status: "ending" }, { status: 503 }) : health.check();
  if (path !== "/metrics") return undefined;
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return new Response(metrics.format(pending()), { headers });
}

function outcomeOf(route: string, response?: Response): Outcome {
  const length = Number(response?.headers.get("content-length") ?? 0);
  return { route, bytesIn: 0, bytesOut: length };
}

function busy(): Response {
  const error = { code: "TOOMANYREQUESTS", message: "the registry is busy; try again in a moment" };
  return Response.json({ errors: [error] }, { status: 429, headers: { "retry-after": "1" } });
}

function ending(): Response {
  const error = { code: "UNAVAILABLE", message: "the registry is about to end; try again" };
  const headers = { "retry-after": "2", connection: "close" };
  return Response.json({ errors: [error] }, { status: 503, headers });
}

function failedToken({ metrics }: HandlerParts): (error: unknown) => Response {
  return (error) => {
    metrics.countError(kindOf(error));
    return Response.json(
      { errors: [{ code: "UNAVAILABLE", message: "try again" }] },
      { status: 503 },
    );
  };
}

function clientOf(request: Request, server: Bun.Server<undefined>) {
  const remote = server.requestIP(request)?.address;
  const forwardedFor = request.headers.get("x-forwarded-for")?.slice(0, 256);
  const userAgent = request.headers.get("user-agent");
  return {
    ...(remote !== undefined && { remote }),
    ...(forwardedFor !== undefined && { forwardedFor }),
    ...(userAgent !== null && { userAgent }),
  };
}
