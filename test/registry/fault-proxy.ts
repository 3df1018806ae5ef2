import { connect, createServer, type Socket } from "node:net";
import { createScript, type Fault, placeOf, type Rule, randomFrom } from "./faults.ts";

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly fault?: Fault["kind"];
  /** Of the response's body, as they were sent on. */
  bytes: number;
  /** Of the answer, as the client saw it; 0 when it saw none. */
  status: number;
}

export interface FaultProxy extends AsyncDisposable {
  /** `host:port` */
  readonly host: string;
  readonly url: string;
  /** All requests so far. */
  readonly requests: ProxiedRequest[];
  /** From now on these rules count, and none of the requests before. */
  script(rules: readonly Rule[]): void;
}

interface Head {
  readonly first: string;
  readonly headers: readonly string[];
}

/**
 * Stands between a client and a registry and does harm by rules. One connection carries one
 * request, so that a cut hits just that one. The same seed gives the same harm for the same
 * requests.
 */
export async function startFaultProxy(
  target: string,
  { rules = [], seed = 1 }: { rules?: readonly Rule[]; seed?: number } = {},
): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const random = randomFrom(seed);
  const sockets = new Set<Socket>();
  const requests: ProxiedRequest[] = [];
  let decide = createScript(rules, random);
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    return socket;
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    track(client);
    const upstream = () => track(connect({ host: hostname, port: Number(port) }));
    const exchange = { client, upstream, random, requests, decide: decideNow };
    serve(exchange).catch(() => client.destroy());
  });
  const decideNow = (method: string, path: string) => decide(method, path);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    host,
    url: `http://${host}`,
    requests,
    script: (next) => {
      decide = createScript(next, random);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Exchange {
  readonly client: Socket;
  readonly upstream: () => Socket;
  readonly random: () => number;
  readonly requests: ProxiedRequest[];
  readonly decide: (method: string, path: string) => Fault | undefined;
}

async function serve(exchange: Exchange): Promise<void> {
  const { client } = exchange;
  const received = client[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const read = await readHead(received);
  if (!read) return void client.destroy();
  const [method = "", path = ""] = read.head.first.split(" ");
  const fault = exchange.decide(method, path);
  const request = { method, path, bytes: 0, status: 0, ...(fault && { fault: fault.kind }) };
  exchange.requests.push(request);
  if (fault?.kind === "hang-up") return void client.destroy();
  if (fault?.kind === "answer") return answer(client, received, fault, request);
  const upstream = exchange.upstream();
  upstream.write(writeHead(withHeader(read.head, "connection", "close")));
  const cut = fault?.kind === "cut-request" ? placeOf(fault.after, exchange.random) : Infinity;
  const sending = sendRequest(received, upstream, client, read.rest, cut).catch(() => {});
  await sendResponse(exchange, upstream, fault, request);
  client.end();
  upstream.destroy();
  await sending;
}

/** Answers, and takes what the client still sends, so that the answer is not lost to a reset. */
async function answer(
  client: Socket,
  received: AsyncIterator<Buffer>,
  fault: Fault & { kind: "answer" },
  request: ProxiedRequest,
): Promise<void> {
  const body = JSON.stringify({ errors: [{ code: "UNKNOWN", message: "made by the proxy" }] });
  const headers = {
    "content-type": "application/json",
    "content-length": String(body.length),
    connection: "close",
    ...fault.headers,
  };
  request.status = fault.status;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const first = `HTTP/1.1 ${fault.status} Made By Proxy`;
  client.end(Buffer.concat([writeHead({ first, headers: lines }), Buffer.from(body)]));
  while (!(await received.next()).done);
}

/** Sends the request's body on, `cut` bytes of it at the most. */
async function sendRequest(
  received: AsyncIterator<Buffer>,
  upstream: Socket,
  client: Socket,
  rest: Buffer,
  cut: number,
): Promise<void> {
  let sent = 0;
  for (let bytes = rest; ; ) {
    const part = bytes.subarray(0, cut - sent);
    sent += part.length;
    await write(upstream, part);
    if (sent >= cut) {
      upstream.end();
      client.destroy();
      return;
    }
    const next = await received.next();
    if (next.done) return;
    bytes = next.value;
  }
}

async function sendResponse(
  { client, random }: Exchange,
  upstream: Socket,
  fault: Fault | undefined,
  request: ProxiedRequest,
): Promise<void> {
  const received = upstream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const read = await readHead(received);
  if (!read) return void client.destroy();
  request.status = Number(read.head.first.split(" ")[1]);
  const place = fault && placeIn(fault, random);
  await write(client, writeHead(spoiltHead(read.head, fault, place)));
  for await (const part of spoilt(bodyFrom(received, read.rest), fault, place)) {
    if (part === "cut") return void client.destroy();
    request.bytes += part.length;
    if (!(await write(client, part))) return;
  }
}

function placeIn(fault: Fault, random: () => number): number {
  if ("after" in fault) return placeOf(fault.after, random);
  if ("at" in fault) return placeOf(fault.at, random);
  return "to" in fault ? placeOf(fault.to, random) : 0;
}

/** The head as the client gets it. */
function spoiltHead(head: Head, fault: Fault | undefined, place = 0): Head {
  const closing = withHeader(head, "connection", "close");
  const length = Number(headerOf(head, "content-length") ?? 0);
  switch (fault?.kind) {
    case "header":
      return withHeader(closing, fault.name, fault.value);
    case "wrong-length":
      return withHeader(closing, "content-length", String(Math.max(0, length + fault.by)));
    case "truncate":
      return withHeader(closing, "content-length", String(Math.min(length, place)));
    case "endless":
      return withHeader(closing, "content-length", "");
    default:
      return closing;
  }
}

/** The body as the client gets it; `cut` where the connection is to break. */
async function* spoilt(
  body: AsyncIterable<Buffer>,
  fault: Fault | undefined,
  place = 0,
): AsyncGenerator<Buffer | "cut"> {
  let at = 0;
  for await (const bytes of body) {
    const left = place - at;
    const isPast = bytes.length > left;
    at += bytes.length;
    if (fault?.kind === "flip" && isPast && left >= 0)
      bytes.writeUInt8(bytes.readUInt8(left) ^ 1, left);
    if (fault?.kind === "slow-response") yield* slowly(bytes, fault.bytesPerSecond);
    else if (fault && isPast && /^(?:cut|stall|truncate)/.test(fault.kind)) {
      yield bytes.subarray(0, left);
      if (fault.kind === "stall-response") await new Promise(() => {});
      if (fault.kind === "cut-response") yield "cut";
      return;
    } else yield bytes;
  }
  if (fault?.kind === "cut-response") yield "cut";
  const more = Buffer.alloc(65_536, "more");
  while (fault?.kind === "endless") yield more;
}

async function* slowly(bytes: Buffer, bytesPerSecond: number): AsyncGenerator<Buffer> {
  const step = Math.max(1, Math.ceil(bytesPerSecond / 20));
  for (let at = 0; at < bytes.length; at += step) {
    await Bun.sleep(50);
    yield bytes.subarray(at, at + step);
  }
}

async function* bodyFrom(received: AsyncIterator<Buffer>, rest: Buffer): AsyncGenerator<Buffer> {
  if (rest.length > 0) yield rest;
  for (let next = await received.next(); !next.done; next = await received.next()) yield next.value;
}

const END_OF_HEAD = "\r\n\r\n";

async function readHead(
  received: AsyncIterator<Buffer>,
): Promise<{ head: Head; rest: Buffer } | undefined> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const end = bytes.indexOf(END_OF_HEAD);
    if (end >= 0) {
      const [first = "", ...headers] = bytes.toString("latin1", 0, end).split("\r\n");
      return { head: { first, headers }, rest: bytes.subarray(end + END_OF_HEAD.length) };
    }
    const next = await received.next();
    if (next.done) return undefined;
    bytes = Buffer.concat([bytes, next.value]);
    // Some clients try TLS first.
    if (!/^[A-Z]/.test(bytes.toString("latin1", 0, 1))) return undefined;
  }
}

function writeHead({ first, headers }: Head): Buffer {
  return Buffer.from([first, ...headers, "", ""].join("\r\n"), "latin1");
}

function headerOf({ headers }: Head, name: string): string | undefined {
  const line = headers.find((header) => header.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

function withHeader({ first, headers }: Head, name: string, value: string): Head {
  const prefix = `${name.toLowerCase()}:`;
  const others = headers.filter((header) => !header.toLowerCase().startsWith(prefix));
  return { first, headers: value === "" ? others : [...others, `${name}: ${value}`] };
}

/** False when nobody listens any more. */
function write(socket: Socket, bytes: Buffer): Promise<boolean> {
  if (socket.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const gone = () => resolve(false);
    socket.once("close", gone);
    socket.write(bytes, (error) => {
      socket.off("close", gone);
      resolve(!error);
    });
  });
}
