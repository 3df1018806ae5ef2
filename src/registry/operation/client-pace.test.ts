import { expect, test } from "bun:test";
import { watchPace } from "./client-pace.ts";

/** A request whose body comes in these chunks, and the limits that were set for it. */
function watched(chunks: readonly Uint8Array<ArrayBuffer>[]) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const request = new Request("http://r/v2/a/blobs/uploads/1", { method: "PATCH", body });
  const limits: number[] = [];
  watchPace(request, { timeout: (_, seconds) => limits.push(seconds) });
  return { request, limits };
}

test("only waiting for the client is limited, and the body comes as it was", async () => {
  const { request, limits } = watched([new Uint8Array([1]), new Uint8Array([2, 3])]);
  expect(limits).toEqual([0]);
  const got: number[] = [];
  for await (const chunk of request.body!) {
    expect(limits.at(-1)).toBe(0);
    got.push(...chunk);
  }
  expect(got).toEqual([1, 2, 3]);
  expect(limits).toEqual([0, 30, 0, 31, 0, 31, 0]);
});

test("who has sent much may pause longer, but not for ever", async () => {
  const { request, limits } = watched([new Uint8Array(100 * 1024), new Uint8Array(1 << 20)]);
  for await (const _ of request.body!);
  expect(limits.filter((seconds) => seconds > 0)).toEqual([30, 130, 255]);
});

test("a request without a body is left alone", () => {
  const limits: number[] = [];
  const request = new Request("http://r/v2/", { method: "DELETE" });
  watchPace(request, { timeout: (_, seconds) => limits.push(seconds) });
  expect([limits, request.body]).toEqual([[0], null]);
});
