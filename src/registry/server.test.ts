import { afterEach, beforeEach, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { digestOf } from "#oci";
import { openTestRegistry, type TestRegistry } from "./testing/test-registry.ts";

/** What only shows over a connection. */
let registry: TestRegistry;
let server: Bun.Server<undefined>;
beforeEach(async () => {
  registry = await openTestRegistry();
  server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1", maxRequestBodySize: Number.MAX_SAFE_INTEGER },
    fetch: (request) => registry.registry.fetch(request),
  });
});
afterEach(async () => {
  await server.stop(true);
  await registry[Symbol.asyncDispose]();
});

const TEXT = "0123456789";
const DIGEST = digestOf(TEXT);

/** A connection that is written to by hand. */
class Wire implements Disposable {
  readonly #socket: Socket;
  #text = "";

  constructor() {
    this.#socket = connect(server.port!, "127.0.0.1");
    this.#socket.on("error", () => {});
    this.#socket.on("data", (chunk) => {
      this.#text += chunk.toString("latin1");
    });
  }

  write(...lines: string[]): void {
    this.#socket.write(lines.join("\r\n"));
  }

  /** What came, once it matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) await Bun.sleep(2);
    const text = this.#text;
    this.#text = "";
    return text;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

const begin = async () =>
  (await registry.send("POST", "/v2/a/blobs/uploads/")).headers.get("location")!;
const rangeOf = async (upload: string) => (await registry.send("GET", upload)).headers.get("range");

test("HEAD has the length of what GET gives", async () => {
  await registry.image("a", "1", TEXT);
  for (const path of [`blobs/${DIGEST}`, "manifests/1"]) {
    const url = `${server.url}v2/a/${path}`;
    const got = await fetch(url);
    const length = `${(await got.arrayBuffer()).byteLength}`;
    expect(got.headers.get("content-length")).toBe(length);
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, length]);
  }
});

test("ranges of a file", async () => {
  const text = "0123456789".repeat(100_000);
  const digest = await registry.blob("a", text);
  const range = { range: "bytes=999990-" };
  const got = await fetch(`${server.url}v2/a/blobs/${digest}`, { headers: range });
  expect([got.status, await got.text()]).toEqual([206, TEXT]);
  expect(got.headers.get("content-range")).toBe("bytes 999990-999999/1000000");
  expect(got.headers.get("content-disposition")).toBe("attachment");
  const whole = await fetch(`${server.url}v2/a/blobs/${digest}`);
  expect(await whole.text()).toBe(text);
});

test("the length of a small blob is told, also where the storage gives a stream", async () => {
  const { blobs } = registry.options;
  await using streaming = await openTestRegistry({
    blobs: {
      ...blobs,
      async read(blob, range) {
        const file = await blobs.read(blob, range);
        return file instanceof Blob ? slowly(file) : file;
      },
    },
  });
  const digest = await streaming.blob("a", TEXT);
  await using serving = Bun.serve({
    port: 0,
    fetch: (request) => streaming.registry.fetch(request),
  });
  for (const [range, text] of [
    ["bytes=0-", TEXT],
    ["bytes=2-4", "234"],
  ] as const) {
    const got = await fetch(`${serving.url}v2/a/blobs/${digest}`, { headers: { range } });
    expect([got.headers.get("content-length"), await got.text()]).toEqual([`${text.length}`, text]);
  }
});

async function* chunksAfterAWhile(blob: Blob) {
  await Bun.sleep(5);
  yield await blob.bytes();
}

const slowly = (blob: Blob) => new Response(chunksAfterAWhile(blob) as never).body!;

test("Expect: 100-continue", async () => {
  using wire = new Wire();
  const path = `/v2/a/blobs/uploads/?digest=${DIGEST}`;
  wire.write(`POST ${path} HTTP/1.1`, "Host: x", "Content-Length: 10");
  wire.write("", "Expect: 100-continue", "", "");
  await wire.until(/100 Continue/);
  wire.write(TEXT);
  expect(await wire.until(/\r\n\r\n/)).toContain("201 Created");
});

test("a connection goes on after a refused request with a body", async () => {
  using wire = new Wire();
  const body = "x".repeat(1_000_000);
  wire.write("PUT /v2/UPPER/manifests/1 HTTP/1.1", "Host: x", "Content-Length: 1000000", "", body);
  expect(await wire.until(/NAME_INVALID/)).toContain("400 Bad Request");
  wire.write("GET /v2/ HTTP/1.1", "Host: x", "", "");
  expect(await wire.until(/\{\}/)).toContain("200 OK");
});

test("an upload that breaks off goes on from where it was", async () => {
  const upload = await begin();
  using wire = new Wire();
  wire.write(`PATCH ${upload} HTTP/1.1`, "Host: x", "Content-Length: 10", "", "01234");
  await Bun.sleep(20);
  wire[Symbol.dispose]();
  while ((await rangeOf(upload)) === "0-0") await Bun.sleep(2);
  expect(await rangeOf(upload)).toBe("0-4");
  const rest = await fetch(new URL(`${upload}?digest=${DIGEST}`, server.url), {
    method: "PUT",
    body: "56789",
  });
  expect(rest.status).toBe(201);
});

test("a POST or PUT that breaks off makes no blob", async () => {
  const upload = await begin();
  for (const line of [
    `POST /v2/a/blobs/uploads/?digest=${DIGEST}`,
    `PUT ${upload}?digest=${DIGEST}`,
  ]) {
    using wire = new Wire();
    wire.write(`${line} HTTP/1.1`, "Host: x", "Content-Length: 11", "", TEXT);
    await Bun.sleep(20);
  }
  while ((await rangeOf(upload)) === "0-0") await Bun.sleep(2);
  expect((await registry.send("HEAD", `/v2/a/blobs/${DIGEST}`)).status).toBe(404);
  const finished = await registry.send("PUT", `${upload}?digest=${DIGEST}`);
  expect(finished.status).toBe(201);
});

test("chunked transfer, whole and broken off", async () => {
  const upload = await begin();
  using wire = new Wire();
  wire.write(`PATCH ${upload} HTTP/1.1`, "Host: x", "Transfer-Encoding: chunked", "");
  wire.write("", "4", "0123", "1", "4", "0", "", "");
  expect(await wire.until(/\r\n\r\n/)).toContain("202 Accepted");
  using broken = new Wire();
  broken.write(`PATCH ${upload} HTTP/1.1`, "Host: x", "Transfer-Encoding: chunked", "");
  broken.write("", "3", "567", "5", "8");
  await Bun.sleep(20);
  broken[Symbol.dispose]();
  while ((await rangeOf(upload)) === "0-4") await Bun.sleep(2);
  expect(await rangeOf(upload)).toBe("0-8");
});

test.each([
  ["two lengths", ["POST /v2/a/blobs/uploads/ HTTP/1.1", "Content-Length: 1", "Content-Length: 2"]],
  ["a length that is none", ["POST /v2/a/blobs/uploads/ HTTP/1.1", "Content-Length: -5"]],
  [
    "length and chunks",
    ["POST /v2/a/blobs/uploads/ HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked"],
  ],
  ["no HTTP", ["GET /v2/ SMTP/1.1"]],
])("%s are refused and not understood as two requests", async (_, lines) => {
  using wire = new Wire();
  wire.write(...lines, "Host: x", "", "0", "", "GET /v2/_catalog HTTP/1.1", "Host: x", "", "");
  const answer = await wire.until(/\r\n\r\n/);
  expect(answer).toMatch(/^HTTP\/1.1 (400|505)/);
  expect(answer).not.toContain("repositories");
});

test.each(["../../etc/passwd", "a b", "[::1", "x/../y", "%00", "a@b:c"])(
  "Host %p leads nowhere",
  async (host) => {
    using wire = new Wire();
    wire.write("GET /v2/_catalog HTTP/1.1", `Host: ${host}`, "", "");
    expect(await wire.until(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 (200|400)/);
  },
);

test("a path as it is on the wire", async () => {
  await registry.image("a/b", "1", TEXT);
  using wire = new Wire();
  for (const path of [
    "/v2/a/b/blobs/../../../../../etc/passwd",
    `/v2/a/b/blobs/..%2f..%2fregistry.sqlite`,
    "/v2/a/b/manifests/../../../registry.sqlite",
    "/v2/%2e%2e/%2e%2e/etc/tags/list",
  ]) {
    wire.write(`GET ${path} HTTP/1.1`, "Host: x", "", "");
    expect(await wire.until(/\}\]\}$/)).toMatch(/^HTTP\/1.1 40[04]/);
  }
  wire.write(`GET /v2/a%2Fb/blobs/${DIGEST.replace(":", "%3a")} HTTP/1.1`, "Host: x", "", "");
  expect(await wire.until(/789$/)).toContain("200 OK");
});
