// A link whose speed is limited for each connection.
import { expect, test } from "bun:test";
import type { ServerResponse } from "node:http";
import { digestOf } from "../../src/oci/index.ts";
import { type FakeRequest, startFakeRegistry } from "../../src/remote/testing/fake-registry.ts";
import { remoteFor } from "../../src/remote/testing/remote-for.ts";

const blob = Buffer.alloc(64 << 20);
for (let i = 0; i < blob.length; i += 4) blob.writeUInt32LE((i * 2654435761) >>> 0, i);
const digest = digestOf(blob);
const PIECE = 256 << 10;

/** Sends what was asked for, a piece every so many milliseconds. */
async function trickle({ headers }: FakeRequest, response: ServerResponse, everyMs: number) {
  const [, from = "0", to] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? "") ?? [];
  const end = to === undefined ? blob.length : Number(to) + 1;
  response.writeHead(headers.range ? 206 : 200, {
    "Content-Length": end - Number(from),
    ...(headers.range && { "Content-Range": `bytes ${from}-${end - 1}/${blob.length}` }),
  });
  for (let at = Number(from); at < end && !response.destroyed; at += PIECE) {
    response.write(blob.subarray(at, Math.min(end, at + PIECE)));
    if (everyMs > 0) await Bun.sleep(everyMs);
  }
  response.end();
  return true;
}

async function read(everyMs: number): Promise<{ ranges: number; digest: string }> {
  let ranges = 0;
  await using registry = await startFakeRegistry(async (request, response) => {
    if (request.headers.range) ranges++;
    return await trickle(request, response, everyMs);
  });
  const repository = remoteFor(registry.host).repository({
    registry: "docker.io",
    repository: "me/app",
  });
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of repository.blob({ mediaType: "", digest, size: blob.length }))
    hasher.update(chunk);
  return { ranges, digest: `sha256:${hasher.digest("hex")}` };
}

test("a slow link is helped by more connections", async () => {
  const got = await read(12);
  expect(got.digest).toBe(digest);
  expect(got.ranges).toBe(7);
});

test("a fast link is left alone", async () => {
  expect(await read(0)).toEqual({ ranges: 0, digest });
});
