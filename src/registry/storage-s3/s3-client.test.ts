// Faults that a real store has seldom, from one that has them always: what a real one does is
// tested in test/registry/s3-storage.test.ts.
import { afterEach, describe, expect, test } from "bun:test";
import { kindOf, messageOf } from "#errors";
import { listStored } from "./list.ts";
import { Multipart } from "./multipart.ts";
import { S3Client, type S3Options } from "./s3-client.ts";

const keys = { region: "r-1", accessKeyId: "ID", secretAccessKey: "very-secret" };
const running: Bun.Server<undefined>[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop(true);
});

/** A client of a server that gives these answers, one after the other, and the last one again. */
function against(answers: readonly (() => Response)[], options: Partial<S3Options> = {}) {
  const seen: { readonly path: string; readonly headers: Headers }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      seen.push({ path: new URL(request.url).pathname, headers: new Headers(request.headers) });
      return answers[Math.min(seen.length, answers.length) - 1]!();
    },
  });
  running.push(server);
  const endpoint = `http://127.0.0.1:${server.port}`;
  return { seen, client: new S3Client({ ...keys, bucket: "b", endpoint, ...options }) };
}

const answer =
  (status: number, body = "") =>
  () =>
    new Response(body, { status });
const error = (code: string) => `<Error><Code>${code}</Code><Message>because</Message></Error>`;

describe("what may pass is tried again", () => {
  test("errors of the server, also one that it notices late", async () => {
    const { client, seen } = against([
      answer(503, error("SlowDown")),
      answer(500),
      answer(200, `  ${error("InternalError")}`),
      answer(429),
      answer(200, "<Good/>"),
    ]);
    expect(await client.ask("POST", "key")).toBe("<Good/>");
    expect(seen).toHaveLength(5);
  });

  test("a server that stays away is said to be unavailable", async () => {
    const { client, seen } = against([answer(503)], { attempts: 3 });
    const failure = await client.send("GET", "key").catch((thrown) => thrown);
    expect(kindOf(failure)).toBe("unavailable");
    expect(messageOf(failure)).toBe("storage: GET key: status 503");
    expect(seen).toHaveLength(3);
  });
});

describe("what will not pass is told at once", () => {
  test.each([
    [403, "AccessDenied", "check AWS_ACCESS_KEY_ID"],
    [404, "NoSuchBucket", "create the bucket first"],
    [403, "RequestTimeTooSkewed", "set this machine's clock"],
    [301, "PermanentRedirect", "check AWS_REGION"],
  ])("%d %s", async (status, code, remedy) => {
    const { client, seen } = against([answer(status, error(code))]);
    const failure = await client.send("GET", "key").catch((thrown) => thrown);
    expect(kindOf(failure)).toBe("failed-precondition");
    expect(messageOf(failure)).toStartWith(`storage: GET key: ${code}: because; `);
    expect(messageOf(failure)).toContain(remedy);
    expect(messageOf(failure)).not.toContain(keys.secretAccessKey);
    expect(seen).toHaveLength(1);
  });

  test("an error after status 200", async () => {
    const { client, seen } = against([answer(200, error("InvalidPart"))]);
    const upload = new Multipart(client, "key", "id");
    expect(await upload.complete([]).catch(messageOf)).toContain("InvalidPart: because");
    expect(seen).toHaveLength(1);
  });
});

test("every byte that is sent is signed for", async () => {
  const { client, seen } = against([answer(200)], { prefix: "/a b/ü/" });
  await client.send("PUT", "blobs/1", { body: "content" });
  const hash = new Bun.CryptoHasher("sha256").update("content").digest("hex");
  expect(seen[0]?.headers.get("x-amz-content-sha256")).toBe(hash);
  expect(seen[0]?.headers.get("authorization")).toContain("x-amz-content-sha256");
  expect(seen[0]?.path).toBe("/b/a%20b/%C3%BC/blobs/1");
});

test.each([
  [{ bucket: "images" }, "https://images.s3.r-1.amazonaws.com/k"],
  [{ bucket: "with.dots" }, "https://s3.r-1.amazonaws.com/with.dots/k"],
  [{ bucket: "images", endpoint: "https://host/base" }, "https://host/base/images/k"],
  [{ bucket: "images", endpoint: "https://host:1", pathStyle: false }, "https://images.host:1/k"],
])("where a bucket is: %p", async (where, expected) => {
  const client = new S3Client({ ...keys, sessionToken: "token", ...where });
  const url = new URL(await client.presign("k", 60));
  expect(url.origin + url.pathname).toBe(expected);
  expect(url.searchParams.get("X-Amz-Expires")).toBe("60");
  expect(url.searchParams.get("X-Amz-Security-Token")).toBe("token");
});

test("a listing that never ends, and keys that are not ours", async () => {
  const key = `blobs/upload/${crypto.randomUUID()}`;
  const object = (name: string) =>
    `<Contents><Key>${name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>7</Size></Contents>`;
  const more = "<IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>";
  const objects = ["p/", "q/", "p/../", "p/blobs/../"].map((start) => object(start + key)).join("");
  const page = `<ListBucketResult>${objects}${more}</ListBucketResult>`;
  const { client, seen } = against([answer(200, page)], { prefix: "p" });
  const listed = await Array.fromAsync(listStored(client));
  const file = { location: key, size: 7, modified: Date.UTC(2026, 0, 1), upload: "upload" };
  expect(listed).toEqual([file, file]);
  // Two pages of objects, where the second one repeats the first, and one of uploads.
  expect(seen).toHaveLength(3);
});
