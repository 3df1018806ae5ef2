import { kindOf, messageOf } from "#errors";
import type { AccessControl } from "../access/open-access.ts";
import { createRegistry } from "../create-registry.ts";
import type { Registry, RegistryEvent, RegistryOptions } from "../registry.ts";
import { type AccessLog, createAccessLog, type LogFormat } from "./access-log.ts";
import type { Address } from "./address.ts";
import { createHandler, operationHandler } from "./handler.ts";
import { createHealth } from "./health.ts";
import { type Listener, listen } from "./listener.ts";
import { startMaintenance } from "./maintenance.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { OpenUploads } from "./open-uploads.ts";
import { loadTls, type TlsFiles } from "./tls.ts";

export interface ServeOptions {
  readonly registry: Omit<RegistryOptions, "authorizer" | "onEvent" | "onError">;
  readonly listen: readonly Address[];
  /** Certificates for the TCP addresses. */
  readonly tls?: TlsFiles;
  readonly access?: AccessControl;
  /** Puts something before the registry, a pull-through cache say. */
  readonly wrap?: (registry: Registry, hooks: WrapHooks) => Registry;
  /** `/healthz` and `/metrics` are answered here alone, when given. */
  readonly metricsListen?: Address;
  readonly log: LogFormat;
  /** Takes whole lines. */
  readonly output: (lines: string) => void;
  /** Failures of ours, in words for the operator. */
  readonly onProblem: (message: string) => void;
  /** Milliseconds; see {@link startMaintenance}. */
  readonly uploadTimeout: number;
  readonly gcInterval: number;
  readonly gcGrace: number;
  /** The most requests at once; 1000 when absent. */
  readonly mostPending?: number;
}

/** What something before the registry tells. */
export interface WrapHooks {
  /** Of requests that it answers itself. */
  readonly onEvent: (event: RegistryEvent, request: Request) => void;
  /** How it answered: `hit`, `miss`, `stale`. */
  readonly onResult: (result: string) => void;
  /** A line for the log. */
  readonly onNote: (message: string) => void;
}

/** A registry that is being served. */
export interface RegistryServer extends AsyncDisposable {
  /** URLs of what is listened on. */
  readonly addresses: readonly string[];
  readonly metricsAddress?: string;
  /** Reads certificates, users and rules anew; connections go on. When it fails nothing has changed. */
  reload(): Promise<void>;
  /**
   * Uploads are finished and none begun, then there are no new connections and what is being
   * answered is finished; all that for `timeout` milliseconds at the most. False when something had
   * to be cut off.
   */
  stop(timeout: number): Promise<boolean>;
}

const MOST_PENDING = 1000;
const POLL_MS = 20;

/** Serves a registry. Fails as {@link listen} and {@link loadTls} do; then nothing listens. */
export async function serveRegistry(options: ServeOptions): Promise<RegistryServer> {
  const tls = options.tls && (await loadTls(options.tls));
  const log = createAccessLog(options.log, options.output);
  const metrics = createMetrics();
  const listeners: Listener[] = [];
  const pending = () => listeners.reduce((sum, listener) => sum + listener.pending(), 0);
  const uploads = new OpenUploads();
  let draining = false;
  const isDraining = () => draining;
  const parts = { ...partsOf(options, log, metrics), pending, uploads, isDraining };
  const handler = createHandler(parts);
  await using opened = new AsyncDisposableStack();
  opened.defer(() => log.flush());
  for (const address of options.listen) {
    const listener = await listen(address, handler, tls);
    opened.defer(() => listener.close());
    listeners.push(listener);
  }
  const operation =
    options.metricsListen && (await listen(options.metricsListen, operationHandler(parts)));
  if (operation) opened.defer(() => operation.close());
  opened.use(maintenanceOf(options, log, metrics));
  const server = opened.move();
  return {
    addresses: listeners.map(({ address }) => address),
    ...(operation && { metricsAddress: operation.address }),
    async reload() {
      const next = options.tls && (await loadTls(options.tls));
      await options.access?.reload();
      if (next) for (const listener of listeners) listener.replaceTls(next);
    },
    stop(timeout) {
      draining = true;
      return drain(listeners, pending, () => uploads.count(), timeout);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function partsOf(options: ServeOptions, log: AccessLog, metrics: Metrics) {
  const { registry, access, metricsListen, mostPending = MOST_PENDING } = options;
  const events = new WeakMap<Request, RegistryEvent>();
  const hooks: WrapHooks = {
    onEvent: (event, request) => void events.set(request, event),
    onResult: (result) => metrics.countProxy(result),
    onNote: (message) => log.note(message),
  };
  const core = createRegistry({
    ...registry,
    ...(access && { authorizer: access }),
    onEvent: hooks.onEvent,
    onError: (error, { method, path }) => report(options, metrics, `${method} ${path}`, error),
  });
  return {
    ...{ events, log, metrics, mostPending },
    ...(access && { access }),
    registry: options.wrap?.(core, hooks) ?? core,
    health: createHealth(registry.records, registry.blobs, (error) =>
      report(options, metrics, "health check", error),
    ),
    showsOperation: metricsListen === undefined,
  };
}

function maintenanceOf(options: ServeOptions, log: AccessLog, metrics: Metrics): AsyncDisposable {
  const { uploadTimeout, gcInterval, gcGrace } = options;
  const { records, blobs } = options.registry;
  return startMaintenance({
    ...{ records, blobs, uploadTimeout, gcInterval, gcGrace },
    onNote: (message) => log.note(message),
    onError: (what, error) => report(options, metrics, what, error),
  });
}

function report(options: ServeOptions, metrics: Metrics, what: string, error: unknown): void {
  metrics.countError(kindOf(error));
  options.onProblem(`${what}: ${messageOf(error)}`);
}

/** Uploads are several requests: while there are some, their clients can still connect. */
async function drain(
  listeners: readonly Listener[],
  pending: () => number,
  uploads: () => number,
  timeout: number,
): Promise<boolean> {
  const end = performance.now() + timeout;
  while (uploads() > 0 && performance.now() < end) await Bun.sleep(POLL_MS);
  for (const listener of listeners) void listener.stop();
  while (pending() > 0 && performance.now() < end) await Bun.sleep(POLL_MS);
  const isDone = pending() === 0;
  await Promise.all(listeners.map((listener) => listener.close()));
  return isDone;
}
