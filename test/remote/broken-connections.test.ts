// Connections that are cut at any byte, in either direction, answers that are 500 and 429.
import { expect, test } from "bun:test";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { collect } from "../../src/bytes/index.ts";
import { digestOf, mediaTypes } from "../../src/oci/index.ts";
import { startFakeRegistry } from "../../src/remote/testing/fake-registry.ts";
import { remoteFor } from "../../src/remote/testing/remote-for.ts";

const name = { registry: "docker.io", repository: "me/app" };
const blob = Buffer.alloc(2_500_000);
for (let i = 0; i < blob.length; i += 4) blob.writeUInt32LE((i * 2654435761) >>> 0, i);
const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(blob), size: blob.length };

/** The same numbers for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Forwards to `target`; each connection is cut after some bytes. */
async function startCuttingProxy(target: string, random: () => number) {
  const [host = "", port] = target.split(":");
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    const both = [near, far];
    for (const socket of both) {
      socket.on("error", () => undefined);
      socket.on("close", () => both.map((one) => one.destroy()));
    }
    const limit = () => Math.floor(random() ** 2 * 1_500_000);
    forward(near, far, limit(), () => cuts++);
    forward(far, near, limit(), () => cuts++);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

function forward(from: Socket, to: Socket, limit: number, onCut: () => void): void {
  let left = limit;
  from.on("data", (chunk: Buffer) => {
    if (!to.write(chunk.subarray(0, left))) {
      from.pause();
      to.once("drain", () => from.resume());
    }
    left -= chunk.length;
    if (left > 0) return;
    onCut();
    to.end();
    from.destroy();
  });
}

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`push and pull through broken connections (${seed})`, async () => {
    const random = numbers(seed);
    await using registry = await startFakeRegistry((_, response) => {
      if (random() > 0.1) return false;
      response.writeHead(random() < 0.5 ? 500 : 429).end();
      return true;
    });
    await using proxy = await startCuttingProxy(registry.host, random);
    const repository = remoteFor(proxy.host, { retry: { tries: 60 } }).repository(name);
    const source = {
      ...(seed % 2 === 0 && { digest: descriptor.digest, size: blob.length }),
      async *open(offset: number) {
        for (let at = offset; at < blob.length; at += 100_000)
          yield blob.subarray(at, at + 100_000);
      },
      result: () => descriptor,
    };
    await repository.pushBlob(source);
    expect(digestOf(registry.blobs.get(descriptor.digest)!)).toBe(descriptor.digest);
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: descriptor,
      layers: [],
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = await repository.pushManifest("one", {
      mediaType: mediaTypes.ociManifest,
      bytes,
    });
    expect((await repository.manifest("one")).descriptor.digest).toBe(digest);
    for (let i = 0; i < 3; i++)
      expect(digestOf(await collect(repository.blob(descriptor), 10e6))).toBe(descriptor.digest);
    expect(proxy.cuts()).toBeGreaterThan(2);
  });
