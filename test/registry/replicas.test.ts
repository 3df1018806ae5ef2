// A registry on S3 and Postgres, served by two processes: what one begins the other goes on with, and
// what was acknowledged stays when one is killed. Needs Debian's PostgreSQL, Swift and memcached.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Digest, digestOf, mediaTypes } from "../../src/oci/index.ts";
import { openStorage } from "../../src/registry/index.ts";
import { execute } from "../peers.ts";
import { program } from "../shale.ts";
import { type Replicas, startReplicas } from "./replicas.ts";

const MIB = 1 << 20;
const CLIENTS = 6;

let replicas: Replicas;

beforeAll(async () => {
  replicas = await startReplicas();
}, 60_000);
afterAll(() => replicas[Symbol.asyncDispose]());

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes that nobody else pushes. */
function noise(length: number): Bytes {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536)
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

/** A request on a connection of its own, so that the balancer chooses anew. */
function send(method: string, url: string, body?: Bytes, headers: Record<string, string> = {}) {
  const signal = AbortSignal.timeout(20_000);
  return fetch(url, { method, headers, keepalive: false, signal, ...(body && { body }) });
}

/** The same, where all but one status is a failure. */
async function must(status: number, ...request: Parameters<typeof send>): Promise<Response> {
  const response = await send(...request);
  if (response.status === status) return response;
  throw new Error(`${request[0]} ${request[1]}: ${response.status} ${await response.text()}`);
}

/** Uploads a blob in chunks; each goes to the next of the servers. */
async function pushBlob(
  servers: readonly string[],
  repository: string,
  bytes: Bytes,
  chunk: number,
): Promise<Digest> {
  let turn = 0;
  const server = () => servers[turn++ % servers.length]!;
  const begun = await must(202, "POST", `${server()}/v2/${repository}/blobs/uploads/`);
  const path = begun.headers.get("location")!;
  for (let at = 0; at < bytes.length; at += chunk) {
    const part = bytes.subarray(at, at + chunk);
    const range = { "content-range": `${at}-${at + part.length - 1}` };
    await must(202, "PATCH", `${server()}${path}`, part, range);
  }
  const digest = digestOf(bytes);
  await must(201, "PUT", `${server()}${path}?digest=${digest}`);
  return digest;
}

/** An image that a client was told to be stored. */
interface Pushed {
  readonly repository: string;
  readonly tag: string;
  readonly manifest: Digest;
  readonly blobs: readonly Digest[];
}

async function pushImage(repository: string, tag: string): Promise<Pushed> {
  const { url } = replicas;
  const contents = [noise(500), noise(200_000), noise(6 * MIB)];
  const blobs: Digest[] = [];
  for (const bytes of contents) blobs.push(await pushBlob([url], repository, bytes, 4 * MIB));
  const [config, ...layers] = contents.map((bytes, at) => ({
    mediaType: at === 0 ? mediaTypes.ociConfig : mediaTypes.ociLayer,
    digest: blobs[at]!,
    size: bytes.length,
  }));
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const type = { "content-type": mediaTypes.ociManifest };
  await must(201, "PUT", `${url}/v2/${repository}/manifests/${tag}`, bytes, type);
  return { repository, tag, manifest: digestOf(bytes), blobs };
}

/** Pulls an image as a client does; gives the digests of what came. */
async function pulled(server: string, { repository, tag, blobs }: Pushed) {
  const base = `${server}/v2/${repository}`;
  const manifest = await must(200, "GET", `${base}/manifests/${tag}`);
  const found = [digestOf(await manifest.bytes())];
  for (const digest of blobs) {
    const blob = await must(200, "GET", `${base}/blobs/${digest}`);
    found.push(digestOf(await blob.bytes()));
  }
  return found;
}

async function stored() {
  const [, storage, , database] = replicas.flags;
  return openStorage({
    root: "/nonexistent",
    storage: storage!,
    database: database!,
    environment: replicas.environment,
  });
}

function collectGarbage(...flags: string[]): string {
  const argv = [program, "registry", "gc", "--grace", "1ms", ...replicas.flags, ...flags];
  return execute(argv, { env: replicas.environment });
}

describe("two replicas", () => {
  test("an upload goes on at whichever one is asked", async () => {
    const [one, two] = replicas.each.map(({ url }) => url) as [string, string];
    const bytes = noise(20 * MIB + 3);
    for (const chunk of [7 * MIB, 3 * MIB, 30 * MIB]) {
      const digest = await pushBlob([one, two], `chunks/of-${chunk}`, bytes, chunk);
      const blob = await must(200, "GET", `${two}/v2/chunks/of-${chunk}/blobs/${digest}`);
      expect(digestOf(await blob.bytes())).toBe(digest);
    }
  }, 30_000);

  test("of two that get the same chunk at once, one takes it", async () => {
    const [one, two] = replicas.each.map(({ url }) => url) as [string, string];
    const begun = await must(202, "POST", `${one}/v2/race/blobs/uploads/`);
    const path = begun.headers.get("location")!;
    const [first, second] = [noise(6 * MIB), noise(6 * MIB)];
    const answers = await Promise.all([
      send("PATCH", `${one}${path}`, first),
      send("PATCH", `${two}${path}`, second),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 416]);
    const taken = answers[0]?.status === 202 ? first : second;
    const end = await send("PUT", `${two}${path}?digest=${digestOf(taken)}`);
    // Parts of one number replace each other in the store: then the upload is refused, and never wrong.
    expect([201, 400]).toContain(end.status);
    if (end.status !== 201) return;
    const blob = await must(200, "GET", `${two}/v2/race/blobs/${digestOf(taken)}`);
    expect(digestOf(await blob.bytes())).toBe(digestOf(taken));
  }, 30_000);

  test("readers are sent to the store where that was asked", async () => {
    const [one, two] = replicas.each.map(({ url }) => url) as [string, string];
    const bytes = noise(100_000);
    const digest = await pushBlob([two], "direct", bytes, MIB);
    const options = { redirect: "manual" } as const;
    const sent = await fetch(`${one}/v2/direct/blobs/${digest}`, options);
    expect(sent.status).toBe(307);
    const address = sent.headers.get("location")!;
    expect(address).toStartWith(replicas.s3.endpoint);
    expect(digestOf(await (await must(200, "GET", address)).bytes())).toBe(digest);
    const here = await fetch(`${two}/v2/direct/blobs/${digest}`, options);
    expect([here.status, digestOf(await here.bytes())]).toEqual([200, digest]);
    const part = await send("GET", `${two}/v2/direct/blobs/${digest}`, undefined, {
      range: "bytes=10-19",
    });
    expect([part.status, await part.bytes()]).toEqual([206, bytes.subarray(10, 20)]);
  });
});

test("pushes while a replica is killed and the database crashes: what was told is kept", async () => {
  const [one, two] = replicas.each;
  const pushed: Pushed[] = [];
  const failures: string[] = [];
  const ending = new AbortController();
  const client = async (number: number) => {
    for (let tag = 0; !ending.signal.aborted; tag++)
      await pushImage(`load/${number}`, `v${tag}`).then(
        (image) => pushed.push(image),
        (error) => failures.push(String(error)),
      );
  };
  const clients = Array.from({ length: CLIENTS }, (_, number) => client(number));
  /** Waits until so many more images are stored. */
  const until = async (more: number) => {
    for (const goal = pushed.length + more; pushed.length < goal; ) await Bun.sleep(20);
  };
  await until(CLIENTS);
  await one.kill();
  const atKill = pushed.length;
  await until(CLIENTS);
  await replicas.postgres.stop();
  await replicas.postgres.start();
  await until(CLIENTS);
  await one.restart();
  await until(CLIENTS);
  ending.abort();
  await Promise.all(clients);

  expect(pushed.length).toBeGreaterThan(atKill);
  // Only who was connected to the one that died, or to the database, was let down.
  expect(failures.length).toBeLessThan(4 * CLIENTS);
  for (const image of pushed)
    expect(await pulled(two.url, image)).toEqual([image.manifest, ...image.blobs]);
  for (const image of pushed.slice(-3))
    expect(await pulled(one.url, image)).toEqual([image.manifest, ...image.blobs]);
}, 90_000);

test("garbage collection removes what was left half-way, and nothing else", async () => {
  const { url } = replicas;
  const begun = await must(202, "POST", `${url}/v2/abandoned/blobs/uploads/`);
  await must(202, "PATCH", `${url}${begun.headers.get("location")}`, noise(9 * MIB));
  const kept = await pushImage("kept", "latest");
  // Times in a listing of the store are whole seconds.
  await Bun.sleep(1100);
  expect(collectGarbage("--dry-run")).toContain("abandoned uploads would be deleted:");
  expect(collectGarbage()).toContain("abandoned uploads deleted:");
  expect(await pulled(url, kept)).toEqual([kept.manifest, ...kept.blobs]);

  await using opened = await stored();
  const locations = (await Array.fromAsync(opened.blobs.list!())).map(({ location }) => location);
  const known = await opened.records.knownLocations(locations);
  expect(locations.filter((location) => !known.has(location))).toEqual([]);
  expect(locations.length).toBeGreaterThanOrEqual(3);

  for (const repository of await opened.records.repositories({}))
    for (const tag of (await opened.records.tags(repository, {})) ?? [])
      await must(202, "DELETE", `${url}/v2/${repository}/manifests/${tag}`);
  collectGarbage("--untagged");
  expect(await Array.fromAsync(opened.blobs.list!())).toEqual([]);
  expect(await opened.records.repositories({})).toEqual([]);
}, 60_000);
