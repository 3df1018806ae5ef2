import { expect, test } from "bun:test";
import type { ServerResponse } from "node:http";
import { digestOf, mediaTypes } from "#oci";
import {
  type FakeRegistry,
  refuse,
  type Script,
  startFakeRegistry,
} from "../testing/fake-registry.ts";
import { remoteFor } from "../testing/remote-for.ts";

const name = { registry: "docker.io", repository: "library/alpine" };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: {}, layers: [] };
const bytes = Buffer.from(JSON.stringify(manifest));
const digest = digestOf(bytes);

function repositoryOf(registry: FakeRegistry) {
  return remoteFor(registry.host).repository(name);
}

/** A server that answers every GET with this, and knows no HEAD. */
function answering(headers: Record<string, string>, body: string | Uint8Array): Script {
  return ({ method }, response) => {
    if (method === "HEAD") return refuseAll(response);
    response.writeHead(200, headers).end(body);
    return true;
  };
}

function refuseAll(response: ServerResponse): boolean {
  refuse(response, 405, "UNSUPPORTED");
  return true;
}

test("a tag and a digest are resolved by HEAD alone", async () => {
  await using registry = await startFakeRegistry();
  registry.addManifest("library/alpine:3", manifest);
  const descriptor = { mediaType: mediaTypes.ociManifest, digest, size: bytes.length };
  expect(await repositoryOf(registry).resolve("3")).toEqual(descriptor);
  expect(await repositoryOf(registry).resolve(digest)).toEqual(descriptor);
  expect(registry.requests).toEqual([
    "HEAD /v2/library/alpine/manifests/3",
    `HEAD /v2/library/alpine/manifests/${digest}`,
  ]);
});

test("a registry that does not tell the digest is asked for the manifest", async () => {
  const script = answering({ "Content-Type": "application/json" }, bytes);
  await using registry = await startFakeRegistry(script);
  const descriptor = { mediaType: mediaTypes.ociManifest, digest, size: bytes.length };
  expect(await repositoryOf(registry).resolve("3")).toEqual(descriptor);
});

test("a manifest comes with its descriptor, to the letter", async () => {
  await using registry = await startFakeRegistry();
  registry.addManifest("library/alpine:3", manifest);
  const got = await repositoryOf(registry).manifest("3");
  expect(got.descriptor.digest).toBe(digest);
  expect(Buffer.from(got.bytes).equals(bytes)).toBe(true);
});

const type = { "Content-Type": mediaTypes.ociManifest };
const refused: Record<string, { script: Script; reference?: string; kind: string; text: string }> =
  {
    "other bytes than the digest names": {
      script: answering(type, bytes),
      reference: digestOf("else"),
      kind: "data-loss",
      text: "manifest verification failed",
    },
    "other bytes than the header promises": {
      script: answering({ ...type, "Docker-Content-Digest": digestOf("else") }, bytes),
      kind: "data-loss",
      text: "manifest verification failed",
    },
    "another media type outside than inside": {
      script: answering({ "Content-Type": mediaTypes.dockerManifest }, bytes),
      kind: "data-loss",
      text: "the server says it is",
    },
    "a manifest that is an index, too": {
      script: answering(type, JSON.stringify({ ...manifest, manifests: [] })),
      kind: "data-loss",
      text: "a manifest and an index at once",
    },
    "what is no JSON": {
      script: answering(type, "<html>"),
      kind: "data-loss",
      text: "no JSON object",
    },
    "too many bytes": {
      script: answering(type, Buffer.alloc(5_000_000, " ")),
      kind: "resource-exhausted",
      text: "is larger than 4194304 bytes",
    },
    "schema 1 by its type": {
      script: answering(
        { "Content-Type": "application/vnd.docker.distribution.manifest.v1+prettyjws" },
        "{}",
      ),
      kind: "unsupported",
      text: "alpine:3 is of Docker's manifest version 2, schema 1",
    },
    "schema 1 by itself": {
      script: answering({ "Content-Type": "application/json" }, '{"schemaVersion":1}'),
      kind: "unsupported",
      text: "schema 1",
    },
    "an unknown kind": {
      script: answering({ "Content-Type": "image/png" }, "{}"),
      kind: "unsupported",
      text: "image/png",
    },
  };
for (const [what, { script, reference = "3", kind, text }] of Object.entries(refused))
  test(`refused: ${what}`, async () => {
    await using registry = await startFakeRegistry(script);
    const failing = repositoryOf(registry).manifest(reference);
    await expect(failing).rejects.toMatchObject({ kind, message: expect.stringContaining(text) });
  });

test("errors are in Docker's words", async () => {
  await using registry = await startFakeRegistry();
  const repository = repositoryOf(registry);
  const missing = "manifest for alpine:3 not found: manifest unknown: manifest unknown";
  await expect(repository.manifest("3")).rejects.toMatchObject({
    kind: "not-found",
    message: missing,
  });
  await expect(repository.resolve("3")).rejects.toMatchObject({
    kind: "not-found",
    message: missing,
  });
  registry.script = (_, response) => {
    refuse(response, 403, "DENIED", "\u001b[31mno\u0007\r\nway");
    return true;
  };
  await expect(repository.resolve("3")).rejects.toMatchObject({
    kind: "permission-denied",
    message:
      "pull access denied for alpine, repository does not exist or may require 'shale login': denied: [31mno way",
  });
});

test("tags and repositories, page by page", async () => {
  await using registry = await startFakeRegistry();
  for (const tag of ["a", "b", "c", "d", "e"])
    registry.addManifest(`library/alpine:${tag}`, manifest);
  for (const other of ["x", "y", "z"]) registry.addManifest(`${other}:a`, manifest);
  const remote = remoteFor(registry.host);
  expect(await Array.fromAsync(remote.repository(name).tags())).toEqual(["a", "b", "c", "d", "e"]);
  expect(await Array.fromAsync(remote.catalog("docker.io"))).toEqual([
    "library/alpine",
    "x",
    "y",
    "z",
  ]);
});

const links = {
  "another host": '<http://127.0.0.2:1/v2/x>; rel="next"',
  "the same page": '</v2/library/alpine/tags/list?n=1000>; rel="next"',
};
for (const [what, link] of Object.entries(links))
  test(`a list that leads to ${what} ends`, async () => {
    await using registry = await startFakeRegistry((_, response) => {
      response.writeHead(200, { Link: link }).end('{"tags":["a","../b",7]}');
      return true;
    });
    const tags: string[] = [];
    const reading = (async () => {
      for await (const tag of repositoryOf(registry).tags()) tags.push(tag);
    })();
    await expect(reading).rejects.toMatchObject({ kind: "data-loss" });
    expect([tags, registry.requests.length]).toEqual([["a"], 1]);
  });

const referrer = { mediaType: mediaTypes.ociManifest, digest, size: 5, artifactType: "a/b" };
const index = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [referrer, { ...referrer, artifactType: "c/d" }, { digest: "x" }],
};

test("referrers by the API, filtered", async () => {
  await using registry = await startFakeRegistry((_, response) => {
    response.writeHead(200, { "Content-Type": mediaTypes.ociIndex }).end(JSON.stringify(index));
    return true;
  });
  const repository = repositoryOf(registry);
  expect((await repository.referrers(digest)).length).toBe(2);
  expect(await repository.referrers(digest, { artifactType: "a/b" })).toEqual([referrer]);
});

test("referrers by the fallback tag; none where there is none", async () => {
  await using registry = await startFakeRegistry();
  const repository = repositoryOf(registry);
  expect(await repository.referrers(digest)).toEqual([]);
  registry.addManifest(`library/alpine:${digest.replace(":", "-")}`, index, mediaTypes.ociIndex);
  expect(await repository.referrers(digest, { artifactType: "c/d" })).toMatchObject([
    { artifactType: "c/d" },
  ]);
});

test("a manifest is put under a tag, and deleted", async () => {
  await using registry = await startFakeRegistry();
  const repository = repositoryOf(registry);
  const content = { mediaType: mediaTypes.ociManifest, bytes };
  expect(await repository.pushManifest("new", content)).toBe(digest);
  expect(registry.manifests.get("library/alpine:new")?.mediaType).toBe(mediaTypes.ociManifest);
  await repository.deleteManifest("new");
  await expect(repository.deleteManifest("new")).rejects.toMatchObject({ kind: "not-found" });
  await expect(repository.pushManifest(digestOf("else"), content)).rejects.toMatchObject({
    kind: "invalid-argument",
  });
});

test("a registry that stores another manifest than was sent is told of", async () => {
  await using registry = await startFakeRegistry((_, response) => {
    response.writeHead(201, { "Docker-Content-Digest": digestOf("else") }).end();
    return true;
  });
  const content = { mediaType: mediaTypes.ociManifest, bytes };
  await expect(repositoryOf(registry).pushManifest("new", content)).rejects.toMatchObject({
    kind: "data-loss",
  });
});
