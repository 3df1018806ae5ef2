import { expect, test } from "bun:test";
import fc from "fast-check";
import { digestOf, mediaTypes } from "#oci";
import { imageOf, openTestRegistry } from "./testing/test-registry.ts";

/** Parts of requests that are nearly right, so that they get far. */
const digest = fc.constantFrom(
  digestOf("{}"),
  digestOf("x"),
  "sha256:",
  `sha512:${"a".repeat(128)}`,
);
const odd = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("..", "%2e%2e", "%00", "%", "a/b", "latest", "uploads", "_catalog", ""),
);
const segment = fc.oneof(digest, odd, fc.constantFrom("blobs", "manifests", "tags", "list"));
const path = fc.oneof(
  fc.array(segment, { maxLength: 6 }).map((parts) => parts.join("/")),
  fc
    .tuple(fc.constantFrom("blobs", "manifests", "referrers"), fc.oneof(digest, odd))
    .map(([kind, reference]) => `a/${kind}/${reference}`),
  fc.constantFrom("a/blobs/uploads/", "a/tags/list", "_catalog"),
);
const query = fc.dictionary(
  fc.constantFrom(
    "n",
    "last",
    "digest",
    "mount",
    "from",
    "tag",
    "artifactType",
    "digest-algorithm",
  ),
  fc.oneof(digest, odd, fc.integer().map(String)),
);
const headers = fc.dictionary(
  fc.constantFrom("range", "content-range", "content-type", "content-length", "if-none-match"),
  fc.oneof(
    fc.constantFrom("bytes=0-0", "bytes=-1", "0-1", "5-4", "1", "99999999999999999999", "-1"),
    fc.constantFrom(mediaTypes.ociManifest, mediaTypes.ociIndex, "*", ";", "0x10"),
  ),
);
const manifest = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc
    .dictionary(
      fc.constantFrom("config", "layers", "manifests", "subject", "annotations", "mediaType"),
      fc.jsonValue({ maxDepth: 3 }),
    )
    .map((fields) => JSON.stringify({ ...imageOf(), ...fields })),
);

test("whatever is asked, the registry knows what to answer, and keeps what it has", async () => {
  const failures: unknown[] = [];
  await using registry = await openTestRegistry({ onError: (error) => failures.push(error) });
  const kept = await registry.image("kept", "1", "layer");
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
  const request = fc.record({ method, path, query, headers, body: fc.option(manifest) });
  const property = fc.asyncProperty(request, async (given) => {
    const url = `http://x/v2/${given.path}?${new URLSearchParams(given.query)}`;
    const text = given.method === "GET" || given.method === "HEAD" ? null : given.body;
    const body = text === null ? null : new Response(text).body;
    const { method: verb, headers: pairs } = given;
    const asked = { method: verb, url, headers: new Headers(pairs), body, signal: undefined };
    const response = await registry.registry.fetch(asked as unknown as Request);
    expect([failures, response.status < 500]).toEqual([[], true]);
    if (response.status >= 400 && verb !== "HEAD")
      expect(await response.json()).toMatchObject({ errors: [{ code: expect.any(String) }] });
  });
  await fc.assert(property, { numRuns: 600 });
  expect((await registry.send("GET", `/v2/kept/manifests/${kept}`)).status).toBe(200);
});
