import { expect, test } from "bun:test";
import { OpenUploads } from "./open-uploads.ts";

const path = "/v2/app/blobs/uploads/1";
const accepted = () => new Response(null, { status: 202, headers: { location: path } });

test("an upload counts from its beginning to its end, between its requests too", () => {
  const uploads = new OpenUploads();
  uploads.begin("POST", "/v2/app/blobs/uploads/");
  expect(uploads.count()).toBe(0);
  uploads.end("POST", "/v2/app/blobs/uploads/", accepted());
  expect(uploads.count()).toBe(1);
  uploads.begin("PATCH", path);
  expect(uploads.count(Date.now() + 3_600_000)).toBe(1);
  uploads.end("PATCH", path, accepted());
  expect(uploads.count()).toBe(1);
  uploads.begin("PUT", path);
  uploads.end("PUT", path, new Response(null, { status: 201 }));
  expect(uploads.count()).toBe(0);
});

test("an upload whose client has gone does not count for long", () => {
  const uploads = new OpenUploads();
  uploads.end("POST", "/v2/app/blobs/uploads/", accepted());
  expect(uploads.count(Date.now() + 6000)).toBe(0);
});
