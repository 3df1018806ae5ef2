import { lstatSync, rmSync } from "node:fs";
import { fail, messageOf } from "#errors";
import { type Address, formatAddress } from "./address.ts";
import type { Tls } from "./tls.ts";

/** Answers a request that came in by a server. */
export type Handler = (request: Request, server: Bun.Server<undefined>) => Promise<Response>;

/** An address that is being listened on. */
export interface Listener {
  /** As a URL, with the port that was chosen for port 0. */
  readonly address: string;
  /** Requests that have not been answered in full. */
  pending(): number;
  /** New connections are made with another certificate; those that exist go on. */
  replaceTls(tls: Tls): void;
  /** No new connections; resolves when the last one has ended. */
  stop(): Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Seconds a client may leave a connection idle, or a response unread. */
export const IDLE_SECONDS = 60;

/**
 * Listens. Fails with `conflict` when somebody else does already, `permission-denied` and
 * `invalid-argument` when the address cannot be had.
 */
export async function listen(address: Address, handler: Handler, tls?: Tls): Promise<Listener> {
  const isSecure = tls !== undefined && address.kind === "tcp";
  if (address.kind === "unix") await removeSocket(address.path);
  let place: Address = isSecure ? reserve(address) : address;
  let server = serve(place, handler, isSecure ? tls : undefined);
  const old = new Set<Bun.Server<undefined>>();
  const retire = async (retired: Bun.Server<undefined>) => {
    old.add(retired);
    await retired.stop();
    old.delete(retired);
  };
  if (place.kind === "tcp") place = { ...place, port: server.port ?? place.port };
  return {
    address: formatAddress(place, isSecure ? "https" : "http"),
    pending: () => [server, ...old].reduce((sum, { pendingRequests }) => sum + pendingRequests, 0),
    replaceTls(next) {
      if (!isSecure) return;
      const retired = server;
      server = serve(place, handler, next);
      void retire(retired);
    },
    async stop() {
      await Promise.all([server, ...old].map((each) => each.stop()));
    },
    async close() {
      await Promise.all([server, ...old].map((each) => each.stop(true)));
      if (address.kind === "unix") rmSync(address.path, { force: true });
    },
  };
}

/**
 * Certificates of a server cannot be changed: a new one takes its place at the same port, which both
 * share for a moment.
 */
function serve(address: Address, handler: Handler, tls?: Tls): Bun.Server<undefined> {
  const common = {
    fetch: handler,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    development: false,
  };
  try {
    if (address.kind === "unix") return Bun.serve({ ...common, unix: address.path });
    const place = { hostname: address.host, port: address.port, idleTimeout: IDLE_SECONDS };
    return Bun.serve({
      ...common,
      ...place,
      reusePort: tls !== undefined,
      ...(tls && { tls: { ...tls } }),
    });
  } catch (error) {
    return failToListen(address, error);
  }
}

/** A port that may be shared would be shared with any other program, too: so we look first. */
function reserve(address: Address & { kind: "tcp" }): Address & { kind: "tcp" } {
  try {
    const place = { hostname: address.host, port: address.port };
    const socket = Bun.listen({ ...place, exclusive: true, socket: { data() {} } });
    const { port } = socket;
    socket.stop(true);
    return { ...address, port };
  } catch (error) {
    return failToListen(address, error);
  }
}

/** One that a server left that was killed; a server that lives keeps its own. */
async function removeSocket(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isSocket()) fail("invalid-argument", `${path} is there already, and no socket`);
  if (await isAnswered(path)) failToListen({ kind: "unix", path }, { code: "EADDRINUSE" });
  rmSync(path);
}

async function isAnswered(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}

function failToListen(address: Address, error: unknown): never {
  const name = address.kind === "unix" ? address.path : `${address.host}:${address.port}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    fail(
      "conflict",
      `cannot listen on ${name}: the address is in use; choose another one or end what listens there`,
      error,
    );
  if (code === "EACCES")
    fail(
      "permission-denied",
      `cannot listen on ${name}: permission denied; ports below 1024 need root`,
      error,
    );
  return fail("invalid-argument", `cannot listen on ${name}: ${messageOf(error)}`, error);
}
