// Blobs in a real S3-compatible store: Debian's Swift. Needs python3-swift and memcached.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { digestOf } from "../../src/oci/index.ts";
import type { UploadRecord } from "../../src/registry/index.ts";
import { openS3Storage } from "../../src/registry/storage-s3/open-s3-storage.ts";
import { blobStorageSuite } from "../../src/registry/suite/blob-storage-suite.ts";
import { credentials, type S3Server, startS3Server } from "./s3-server.ts";

let s3: S3Server;
let prefix = 0;

beforeAll(async () => {
  s3 = await startS3Server();
}, 30_000);
afterAll(() => s3[Symbol.asyncDispose]());

function open() {
  const { bucket, endpoint } = s3;
  return openS3Storage({ bucket, endpoint, prefix: `a & b/ü+${prefix}`, ...credentials });
}

blobStorageSuite(
  "S3",
  () => {
    prefix++;
    return open();
  },
  open,
);

const MIB = 1 << 20;

/** Bytes that differ from place to place. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536)
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

function begun(id: string, state: string): UploadRecord {
  return { id, repository: "a", offset: 0, algorithm: "sha256", state, touched: 0 };
}

describe("an upload on several replicas", () => {
  const begin = async (storage: Awaited<ReturnType<typeof open>>) => {
    const id = crypto.randomUUID();
    const state = await storage.begin(id, "sha256");
    return begun(id, state);
  };
  const chunks = (bytes: Uint8Array) => new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const MOST = { most: 1 << 30 };

  test("parts, tails and the end, each on another one", async () => {
    prefix++;
    const bytes = noise(41 * MIB + 17);
    let upload = await begin(await open());
    for (const [start, end] of [
      [0, 3],
      [3, 4],
      [4, 30],
      [30, 36],
      [36, 42],
    ] as const) {
      const part = bytes.subarray(start * MIB, end * MIB);
      upload = await (await open()).append(upload, chunks(part), MOST);
    }
    const blob = await (await open()).finish(upload, digestOf(bytes));
    const body = await (await open()).read(blob, { start: 30 * MIB - 5, end: 30 * MIB + 4 });
    const read = await new Response(body).bytes();
    expect(read).toEqual(bytes.subarray(30 * MIB - 5, 30 * MIB + 5));
    const listed = await Array.fromAsync((await open()).list!());
    expect(listed.map(({ location }) => location)).toEqual([blob.location]);
  }, 30_000);

  test("whoever ends an upload may die; another one ends it again", async () => {
    prefix++;
    const bytes = noise(17 * MIB);
    const storage = await open();
    const upload = await storage.append(await begin(storage), chunks(bytes), MOST);
    const first = await storage.finish(upload, digestOf(bytes));
    const second = await (await open()).finish(upload, digestOf(bytes));
    expect(second).toEqual(first);
    const other = storage.finish(upload, digestOf("other"));
    expect(await other.catch((error) => error.kind)).toBe("data-loss");
  }, 30_000);

  test("of two appends at once each gives a true state", async () => {
    prefix++;
    const storage = await open();
    const start = await storage.append(await begin(storage), chunks(noise(MIB)), MOST);
    const [one, two] = [noise(MIB), noise(MIB)];
    const [first, second] = await Promise.all([
      storage.append(start, chunks(one), MOST),
      (await open()).append(start, chunks(two), MOST),
    ]);
    const wrong = storage.finish(first, digestOf(two));
    expect(await wrong.catch((error) => error.kind)).toBe("data-loss");
    expect([first.offset, second.offset]).toEqual([2 * MIB, 2 * MIB]);
    expect(first.state).not.toBe(second.state);
  }, 30_000);

  test("what was begun and given up leaves nothing", async () => {
    prefix++;
    const storage = await open();
    const upload = await storage.append(await begin(storage), chunks(noise(9 * MIB)), MOST);
    const found = await Array.fromAsync(storage.list!());
    expect(found.map((file) => file.upload)).toEqual([upload.id, upload.id]);
    // As garbage collection does that finds them without a record.
    for (const file of found) await storage.delete(file);
    expect(await Array.fromAsync(storage.list!())).toEqual([]);
    await storage.abort(upload);
  }, 30_000);
});

test("a bucket that is not there, and keys that are wrong, are told of", async () => {
  const { bucket, endpoint } = s3;
  const missing = openS3Storage({ ...credentials, endpoint, bucket: "missing" });
  expect(await missing.catch((error) => error.message)).toContain("create the bucket first");
  const wrong = openS3Storage({ ...credentials, endpoint, bucket, secretAccessKey: "wrong-one" });
  const message = await wrong.catch((error) => error.message);
  expect(message).toContain("check AWS_ACCESS_KEY_ID");
  expect(message).not.toContain("wrong-one");
});

test("readers can be sent to the store", async () => {
  prefix++;
  const storage = await open();
  const bytes = noise(1000);
  const upload = begun("direct", await storage.begin("direct", "sha256"));
  const whole = await storage.append(upload, new Blob([bytes]).stream(), { most: 1e6 });
  const url = await storage.directUrl!(await storage.finish(whole, digestOf(bytes)));
  const answer = await fetch(url!, { headers: { range: "bytes=10-19" } });
  expect([answer.status, await answer.bytes()]).toEqual([206, bytes.subarray(10, 20)]);
  expect((await fetch(url!.replace(/Signature=./, "Signature=0"))).status).toBe(403);
});
