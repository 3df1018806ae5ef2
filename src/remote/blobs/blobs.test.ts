import { expect, test } from "bun:test";
import type { ServerResponse } from "node:http";
import { collect } from "#bytes";
import { type Digest, digestOf, mediaTypes } from "#oci";
import { type FakeRequest, refuse, startFakeRegistry } from "../testing/fake-registry.ts";
import { remoteFor, type TestRemote } from "../testing/remote-for.ts";

const name = { registry: "docker.io", repository: "me/app" };
const blob = Buffer.alloc(3_000_000);
for (let i = 0; i < blob.length; i += 4) blob.writeUInt32LE((i * 2654435761) >>> 0, i);
const digest = digestOf(blob);
const descriptor = { mediaType: mediaTypes.ociLayer, digest, size: blob.length };

async function read(remote: TestRemote, offset = 0): Promise<Digest> {
  return digestOf(await collect(remote.repository(name).blob(descriptor, { offset }), 10e6));
}

/** Sends the head of a right answer, some bytes, and then nothing: the connection breaks. */
function cut({ headers }: FakeRequest, response: ServerResponse, after: number): boolean {
  const start = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
  response.writeHead(headers.range ? 206 : 200, {
    "Content-Length": blob.length - start,
    ...(headers.range && { "Content-Range": `bytes ${start}-${blob.length - 1}/${blob.length}` }),
  });
  response.write(blob.subarray(start, start + after), () => response.destroy());
  return true;
}

test("a blob, and a blob from an offset on", async () => {
  await using registry = await startFakeRegistry();
  registry.addBlob(blob);
  const remote = remoteFor(registry.host);
  expect(await read(remote)).toBe(digest);
  expect(await read(remote, 1000)).toBe(digestOf(blob.subarray(1000)));
  expect(await read(remote, blob.length)).toBe(digestOf(""));
});

test("an empty blob needs no request", async () => {
  await using registry = await startFakeRegistry();
  const empty = { mediaType: "", digest: digestOf(""), size: 0 };
  const bytes = await collect(remoteFor(registry.host).repository(name).blob(empty), 1);
  expect([bytes.length, registry.requests]).toEqual([0, []]);
});

test("a connection that breaks is taken up where it broke", async () => {
  let breaks = 0;
  await using registry = await startFakeRegistry((request, response) =>
    breaks++ < 7 ? cut(request, response, 300_000) : false,
  );
  registry.addBlob(blob);
  const remote = remoteFor(registry.host);
  expect(await read(remote)).toBe(digest);
  expect(remote.waits.length).toBe(7);
});

test("a server that ignores Range on the way is read over", async () => {
  let breaks = 0;
  await using registry = await startFakeRegistry((request, response) => {
    delete request.headers.range;
    return breaks++ < 1 ? cut(request, response, 1_000_000) : false;
  });
  registry.addBlob(blob);
  expect(await read(remoteFor(registry.host))).toBe(digest);
});

test("a server that breaks again and again without a byte of progress is given up", async () => {
  await using registry = await startFakeRegistry((request, response) => cut(request, response, 10));
  const remote = remoteFor(registry.host, { retry: { tries: 4 } });
  await expect(read(remote)).rejects.toMatchObject({ kind: "unavailable" });
  expect(registry.requests.length).toBe(4);
});

const lies: Record<string, (response: ServerResponse) => void> = {
  "a wrong length": (response) =>
    response.writeHead(200, { "Content-Length": 99 }).end(Buffer.alloc(99)),
  "an endless body": (response) => {
    response.writeHead(200);
    const more = () => response.write(Buffer.alloc(65536), (error) => error || setImmediate(more));
    more();
  },
  "an encoding": (response) =>
    response
      .writeHead(200, { "Content-Encoding": "gzip", "Content-Length": blob.length })
      .end(blob),
  "another range": (response) =>
    response
      .writeHead(206, { "Content-Range": `bytes 1-${blob.length}/${blob.length + 1}` })
      .end(blob),
  "an early end": (response) => response.writeHead(200).end("short"),
};
for (const [lie, tell] of Object.entries(lies))
  test(`${lie} is data loss`, async () => {
    await using registry = await startFakeRegistry((_, response) => {
      tell(response);
      return true;
    });
    const remote = remoteFor(registry.host, { retry: { tries: 3 } });
    await expect(read(remote)).rejects.toMatchObject({ kind: "data-loss" });
  });

test("a mirror that fails half-way is left for the registry, from where it failed", async () => {
  await using mirror = await startFakeRegistry((request, response) => {
    if (!request.headers.range) return cut(request, response, 1_000_000);
    refuse(response, 500, "UNKNOWN");
    return true;
  });
  await using registry = await startFakeRegistry();
  registry.addBlob(blob);
  const remote = remoteFor(registry.host, {
    mirrors: [{ location: mirror.host, repository: "me/app" }],
  });
  expect(await read(remote)).toBe(digest);
  expect(remote.notices.at(-1)).toMatchObject({ kind: "mirror-failed", mirror: mirror.host });
});

test("a mirror that does not have it is left without a word", async () => {
  await using mirror = await startFakeRegistry();
  await using registry = await startFakeRegistry();
  registry.addBlob(blob);
  const remote = remoteFor(registry.host, { mirrors: [{ location: mirror.host }] });
  expect(await read(remote)).toBe(digest);
  expect([mirror.requests.length, remote.notices]).toEqual([1, []]);
});

test("a mirror that cannot be reached is told of once, and not asked again", async () => {
  await using registry = await startFakeRegistry();
  registry.addBlob(blob);
  const remote = remoteFor(registry.host, { mirrors: [{ location: "127.0.0.1:1" }] });
  for (let i = 0; i < 3; i++) expect(await read(remote)).toBe(digest);
  expect(remote.notices).toMatchObject([{ kind: "mirror-failed", mirror: "127.0.0.1:1" }]);
});

test("mirrors for tags alone are not asked for blobs", async () => {
  await using mirror = await startFakeRegistry();
  await using registry = await startFakeRegistry();
  registry.addBlob(blob);
  const mirrors = [{ location: mirror.host, pulls: "tag-only" as const }];
  expect(await read(remoteFor(registry.host, { mirrors }))).toBe(digest);
  expect(mirror.requests).toEqual([]);
});

const ranges = {
  measured: 100_000,
  slowerThan: Number.POSITIVE_INFINITY,
  least: 500_000,
  segment: 200_000,
};

test("a slow connection is helped by others, in order", async () => {
  const parts: string[] = [];
  await using registry = await startFakeRegistry(async ({ headers }) => {
    if (headers.range) parts.push(headers.range);
    await Bun.sleep(parts.length % 3);
    return false;
  });
  registry.addBlob(blob);
  expect(await read(remoteFor(registry.host, { ranges }))).toBe(digest);
  expect(parts.length).toBeGreaterThan(5);
});

test("a segment that breaks is taken up, the others go on", async () => {
  let breaks = 0;
  await using registry = await startFakeRegistry(({ headers }, response) => {
    if (!headers.range || breaks++ % 3 !== 1) return false;
    response.destroy();
    return true;
  });
  registry.addBlob(blob);
  expect(await read(remoteFor(registry.host, { ranges }))).toBe(digest);
});

test("a slow server without ranges is read by one connection", async () => {
  await using registry = await startFakeRegistry(({ headers }) => {
    delete headers.range;
    return false;
  });
  registry.addBlob(blob);
  expect(await read(remoteFor(registry.host, { ranges }))).toBe(digest);
});

test("a reader that stops early, or a signal, ends the request", async () => {
  let closed = 0;
  await using registry = await startFakeRegistry((_, response) => {
    response.writeHead(200, { "Content-Length": blob.length }).write(blob.subarray(0, 1000));
    response.on("close", () => closed++);
    return true;
  });
  const repository = remoteFor(registry.host).repository(name);
  for await (const _ of repository.blob(descriptor)) break;
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of repository.blob(descriptor, { signal: stop.signal }))
      stop.abort(new Error("enough"));
  })();
  await expect(reading).rejects.toThrow("enough");
  for (let i = 0; closed < 2 && i < 200; i++) await Bun.sleep(5);
  expect(closed).toBe(2);
});

test("a server that falls silent is left, and asked again for the rest", async () => {
  let silent = 0;
  await using registry = await startFakeRegistry((_, response) => {
    if (silent++ > 0) return false;
    response.writeHead(200, { "Content-Length": blob.length }).write(blob.subarray(0, 1000));
    return true;
  });
  registry.addBlob(blob);
  const remote = remoteFor(registry.host, { timeouts: { stallMs: 30 } });
  expect(await read(remote)).toBe(digest);
  expect(remote.notices[0]).toMatchObject({
    kind: "retry",
    reason: expect.stringContaining("timed out reading"),
  });
});

test("a foreign layer is fetched where its descriptor says, without credentials", async () => {
  const seen: unknown[] = [];
  await using host = await startFakeRegistry(({ headers }, response) => {
    seen.push(headers.authorization);
    response.writeHead(200, { "Content-Length": blob.length }).end(blob);
    return true;
  });
  await using registry = await startFakeRegistry();
  const credential = { kind: "registry-token", token: "abc" } as const;
  const repository = remoteFor(registry.host, { credential }).repository(name);
  const foreign = { ...descriptor, urls: ["ftp://127.0.0.1/x", `http://u:p@${host.host}/x`] };
  expect(digestOf(await collect(repository.blob(foreign), 10e6))).toBe(digest);
  expect(seen).toEqual([undefined]);
});
