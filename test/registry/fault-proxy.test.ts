import { afterAll, beforeAll, expect, test } from "bun:test";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import type { Fault } from "./faults.ts";

const body = new Uint8Array(200_000).map((_, at) => at % 251);
let server: Bun.Server<undefined>;
let proxy: FaultProxy;
let received: number[];

beforeAll(async () => {
  received = [];
  server = Bun.serve({
    port: 0,
    async fetch(request) {
      const sent = await request.bytes().catch(() => undefined);
      received.push(sent?.length ?? -1);
      return request.method === "GET" ? new Response(body) : new Response(`${sent?.length}`);
    },
  });
  proxy = await startFaultProxy(`http://127.0.0.1:${server.port}`);
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await server.stop(true);
});

test("without rules nothing changes, request after request", async () => {
  proxy.script([]);
  for (let times = 0; times < 3; times += 1) {
    expect(await (await fetch(`${proxy.url}/a`)).bytes()).toEqual(body);
    expect(await (await fetch(`${proxy.url}/a`, { method: "PUT", body })).text()).toBe("200000");
  }
});

test("a rule meets the requests that it names, as often as it says", async () => {
  const fault: Fault = { kind: "answer", status: 503, headers: { "retry-after": "7" } };
  proxy.script([{ method: "GET", path: /\/blobs\//, nth: [1, 3], fault }]);
  const statuses = [];
  for (const path of ["/blobs/1", "/other", "/blobs/2", "/blobs/3", "/blobs/4"])
    statuses.push((await fetch(proxy.url + path)).status);
  expect(statuses).toEqual([503, 200, 200, 503, 200]);
});

test.each([
  [{ kind: "hang-up" }],
  [{ kind: "cut-response", after: 5000 }],
  [{ kind: "wrong-length", by: 10 }],
] satisfies [Fault][])("%j breaks the response", async (fault) => {
  proxy.script([{ fault }]);
  await expect(fetch(proxy.url).then((response) => response.bytes())).rejects.toThrow();
});

test("a flipped byte, a wrong header, a short body", async () => {
  proxy.script([{ fault: { kind: "flip", at: 100_000 } }]);
  const flipped = await (await fetch(proxy.url)).bytes();
  expect([...flipped.keys()].filter((at) => flipped[at] !== body[at])).toEqual([100_000]);
  proxy.script([{ fault: { kind: "header", name: "Docker-Content-Digest", value: "lie" } }]);
  expect((await fetch(proxy.url)).headers.get("docker-content-digest")).toBe("lie");
  proxy.script([{ fault: { kind: "truncate", to: 1000 } }]);
  expect(await (await fetch(proxy.url)).bytes()).toEqual(body.slice(0, 1000));
});

test("a cut request reaches the server in part only", async () => {
  proxy.script([{ fault: { kind: "cut-request", after: 1000 } }]);
  received.length = 0;
  await expect(fetch(proxy.url, { method: "PUT", body })).rejects.toThrow();
  proxy.script([]);
  await fetch(proxy.url);
  expect(received.filter((length) => length === body.length)).toEqual([]);
});

test("an endless body has no end", async () => {
  proxy.script([{ fault: { kind: "endless" } }]);
  const reader = (await fetch(proxy.url)).body!.getReader();
  let total = 0;
  while (total < 3_000_000) total += (await reader.read()).value?.length ?? 3_000_000;
  await reader.cancel();
  expect(total).toBeGreaterThan(body.length);
});

test("the same seed draws the same places", async () => {
  const lengths = async () => {
    const rule = { fault: { kind: "truncate", to: { below: 100_000 } } } as const;
    await using seeded = await startFaultProxy(`http://127.0.0.1:${server.port}`, {
      rules: [rule],
      seed: 42,
    });
    const results = [];
    for (let times = 0; times < 3; times += 1)
      results.push((await (await fetch(seeded.url)).bytes()).length);
    return results;
  };
  const first = await lengths();
  expect(new Set(first).size).toBe(3);
  expect(await lengths()).toEqual(first);
});
