import { expect, test } from "bun:test";
import { digestOf } from "#oci";
import type { BlobSource } from "../repository.ts";
import { refuse, type Script, startFakeRegistry } from "../testing/fake-registry.ts";
import { remoteFor } from "../testing/remote-for.ts";

const name = { registry: "docker.io", repository: "me/app" };
const blob = Buffer.alloc(3_000_000);
for (let i = 0; i < blob.length; i += 4) blob.writeUInt32LE((i * 2654435761) >>> 0, i);
const digest = digestOf(blob);

/** A blob whose digest is known beforehand, or only when all of it has been made. */
function sourceOf(bytes: Uint8Array, isKnown = true): BlobSource & { readonly opened: number[] } {
  const opened: number[] = [];
  const result = { digest: digestOf(bytes), size: bytes.length };
  return {
    ...(isKnown && result),
    opened,
    async *open(offset) {
      opened.push(offset);
      for (let at = offset; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
    },
    result: () => result,
  };
}

/** Breaks the connection of a PATCH once `bytes` have arrived, `times` times. */
function cutting(bytes: number, times: number): Script {
  let cuts = 0;
  return ({ method, url, incoming }) => {
    if (method !== "PATCH" || cuts >= times) return false;
    cuts++;
    let seen = 0;
    incoming.on("data", (chunk: Buffer) => {
      seen += chunk.length;
      if (seen >= bytes) incoming.destroy();
    });
    incoming.on("error", () => undefined);
    return url.pathname === "";
  };
}

test("a small blob goes out with the request that ends the upload", async () => {
  await using registry = await startFakeRegistry();
  const pushed = await remoteFor(registry.host)
    .repository(name)
    .pushBlob(sourceOf(Buffer.from("small")));
  expect(pushed).toEqual({ digest: digestOf("small"), size: 5, how: "pushed" });
  expect(registry.blobs.get(pushed.digest)?.length).toBe(5);
  const methods = registry.requests.map((one) => one.split(" ")[0]);
  expect(methods).toEqual(["HEAD", "POST", "PUT"]);
  expect(registry.requests.at(-1)).toContain(
    `?_state=a%2Bb%3D&digest=${encodeURIComponent(pushed.digest)}`,
  );
});

for (const isKnown of [true, false])
  test(`a large blob is streamed, its digest known ${isKnown ? "before" : "after"}`, async () => {
    await using registry = await startFakeRegistry();
    const told: number[] = [];
    const options = { onProgress: (bytes: number) => void told.push(bytes) };
    const pushed = await remoteFor(registry.host)
      .repository(name)
      .pushBlob(sourceOf(blob, isKnown), options);
    expect(pushed).toEqual({ digest, size: blob.length, how: "pushed" });
    expect(digestOf(registry.blobs.get(digest)!)).toBe(digest);
    expect([told.at(-1), told.length > 10]).toEqual([blob.length, true]);
  });

test("what is there is not sent", async () => {
  await using registry = await startFakeRegistry();
  registry.addBlob(blob);
  const source = sourceOf(blob);
  const pushed = await remoteFor(registry.host).repository(name).pushBlob(source);
  expect([pushed.how, source.opened, registry.requests.length]).toEqual(["exists", [], 1]);
});

test("a blob is mounted from the first repository that has it", async () => {
  await using registry = await startFakeRegistry(({ method, url }, response) => {
    if (url.searchParams.get("from") === "you/base") {
      response.writeHead(201).end();
      return true;
    }
    if (method === "HEAD") refuse(response, 404, "BLOB_UNKNOWN");
    return method === "HEAD";
  });
  const options = { mountFrom: ["me/app", "no/where", "you/base"] };
  const pushed = await remoteFor(registry.host).repository(name).pushBlob(sourceOf(blob), options);
  expect(pushed).toEqual({ digest, size: blob.length, how: "mounted", from: "you/base" });
  expect([...registry.uploads.keys()]).toEqual([]);
});

test("a mount that is none goes on as an upload", async () => {
  await using registry = await startFakeRegistry();
  const pushed = await remoteFor(registry.host)
    .repository(name)
    .pushBlob(sourceOf(blob), { mountFrom: ["a/b"] });
  expect([pushed.how, registry.requests.filter((one) => one.startsWith("POST")).length]).toEqual([
    "pushed",
    1,
  ]);
});

for (const isKnown of [true, false])
  test(`a broken upload goes on from what arrived, its size ${isKnown ? "" : "un"}known`, async () => {
    await using registry = await startFakeRegistry(cutting(700_000, 3));
    const source = sourceOf(blob, isKnown);
    const remote = remoteFor(registry.host);
    expect((await remote.repository(name).pushBlob(source)).digest).toBe(digest);
    expect(digestOf(registry.blobs.get(digest)!)).toBe(digest);
    expect(remote.waits.length).toBe(3);
    expect(source.opened.slice(1).every((offset) => offset >= 700_000)).toBe(true);
  });

for (const [status, code] of [
  [401, "UNAUTHORIZED"],
  [403, "DENIED"],
  [404, "NAME_UNKNOWN"],
  [405, "UNSUPPORTED"],
] as const)
  test(`a mount that is refused with ${status} becomes an upload`, async () => {
    await using registry = await startFakeRegistry(({ url }, response) => {
      const isMount = url.searchParams.has("mount");
      if (isMount) refuse(response, status, code);
      return isMount;
    });
    const pushed = await remoteFor(registry.host)
      .repository(name)
      .pushBlob(sourceOf(blob), { mountFrom: ["you/secret", "you/gone"] });
    expect([pushed.how, registry.uploads.size]).toEqual(["pushed", 0]);
    expect(registry.blobs.get(digest)?.length).toBe(blob.length);
  });

test("an upload that is sent elsewhere goes there, by chunks", async () => {
  await using registry = await startFakeRegistry(({ method, url }, response) => {
    if (method !== "PATCH" || url.searchParams.has("moved")) return false;
    response.writeHead(307, { Location: `${url.pathname}?moved=yes` }).end();
    return true;
  });
  const pushed = await remoteFor(registry.host).repository(name).pushBlob(sourceOf(blob));
  expect([pushed.how, registry.blobs.get(digest)?.length]).toEqual(["pushed", blob.length]);
});

test("a registry that takes no stream of unknown length gets chunks", async () => {
  await using registry = await startFakeRegistry(({ headers }, response) => {
    if (headers["transfer-encoding"] !== "chunked") return false;
    response.writeHead(411).end();
    return true;
  });
  expect(
    (await remoteFor(registry.host).repository(name).pushBlob(sourceOf(blob, false))).digest,
  ).toBe(digest);
  expect(digestOf(registry.blobs.get(digest)!)).toBe(digest);
});

test("an upload that the registry has lost begins anew", async () => {
  await using registry = await startFakeRegistry(({ method, incoming }) => {
    if (method !== "PATCH" || registry.requests.filter((one) => one.startsWith("PATCH")).length > 1)
      return false;
    registry.uploads.clear();
    incoming.destroy();
    return true;
  });
  const source = sourceOf(blob);
  expect((await remoteFor(registry.host).repository(name).pushBlob(source)).how).toBe("pushed");
  expect(source.opened).toEqual([0, 0]);
});

test("an upload whose last answer is lost is not sent again", async () => {
  await using registry = await startFakeRegistry(async ({ method, url, incoming }) => {
    if (method !== "PUT") return false;
    registry.addBlob(blob);
    registry.uploads.delete(url.pathname.split("/").at(-1)!);
    incoming.destroy();
    return true;
  });
  const source = sourceOf(blob);
  expect(await remoteFor(registry.host).repository(name).pushBlob(source)).toMatchObject({
    digest,
    how: "pushed",
  });
  expect(source.opened).toEqual([0]);
});

test("a source that fails, or is not as long as it said, ends the upload", async () => {
  await using registry = await startFakeRegistry();
  const repository = remoteFor(registry.host).repository(name);
  const broken = {
    ...sourceOf(blob),
    async *open() {
      yield blob.subarray(0, 10);
      throw new Error("the disk is gone");
    },
  };
  await expect(repository.pushBlob(broken)).rejects.toThrow("the disk is gone");
  const long = { ...sourceOf(blob), size: 2_000_000 };
  await expect(repository.pushBlob(long)).rejects.toMatchObject({ kind: "data-loss" });
  const short = { ...sourceOf(blob), size: 4_000_000 };
  await expect(repository.pushBlob(short)).rejects.toMatchObject({ kind: "data-loss" });
  expect([registry.uploads.size, registry.blobs.size]).toEqual([0, 0]);
});

test("a push that is denied says how to go on", async () => {
  await using registry = await startFakeRegistry((_, response) => {
    refuse(response, 401, "UNAUTHORIZED", "authentication required");
    return true;
  });
  const remote = remoteFor(registry.host);
  const source = sourceOf(blob);
  await expect(remote.repository(name).pushBlob(source)).rejects.toMatchObject({
    kind: "unauthenticated",
    message: expect.stringMatching(
      /^denied: requested access to the resource is denied: sign in with 'shale login'/,
    ),
  });
  const official = remote.repository({ registry: "docker.io", repository: "library/app" });
  await expect(official.pushBlob(source)).rejects.toThrow("'shale tag app USER/app'");
});

test("a registry that stores another digest is told of", async () => {
  await using registry = await startFakeRegistry(({ method }, response) => {
    if (method === "PUT") response.writeHead(201, { "Docker-Content-Digest": digestOf("x") }).end();
    return method === "PUT";
  });
  const pushing = remoteFor(registry.host)
    .repository(name)
    .pushBlob(sourceOf(Buffer.from("small")));
  await expect(pushing).rejects.toMatchObject({ kind: "data-loss" });
});

test("a registry that claims to have more than was sent is told of", async () => {
  await using registry = await startFakeRegistry(({ method, incoming }, response) => {
    if (method === "PATCH") incoming.once("data", () => incoming.destroy());
    if (method === "GET") response.writeHead(204, { Range: "0-99999999" }).end();
    return method === "PATCH" || method === "GET";
  });
  const repository = remoteFor(registry.host).repository(name);
  for (const isKnown of [true, false])
    await expect(repository.pushBlob(sourceOf(blob, isKnown))).rejects.toMatchObject({
      kind: "data-loss",
    });
});

test("stat", async () => {
  await using registry = await startFakeRegistry();
  const repository = remoteFor(registry.host).repository(name);
  expect(await repository.statBlob(digest)).toBeUndefined();
  registry.addBlob(blob);
  expect(await repository.statBlob(digest)).toBe(blob.length);
});
