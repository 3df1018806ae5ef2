import { expect, test } from "bun:test";
import type { RemoteNotice } from "#remote";
import { noticeText } from "./remote-notice.ts";

test.each<[RemoteNotice, string]>([
  [
    { kind: "retry", what: "pulling a", reason: "503", inMs: 436 },
    "pulling a: 503; trying again in 436 ms",
  ],
  [
    { kind: "retry", what: "pulling a", reason: "429", inMs: 30_200 },
    "pulling a: 429; trying again in 30 s",
  ],
  [{ kind: "mirror-failed", mirror: "m:5000", reason: "404" }, "WARNING: mirror m:5000: 404"],
  [
    { kind: "quota", remaining: 5, limit: 100, windowSeconds: 21_600 },
    "WARNING: 5 of 100 pulls in 6 hours are left",
  ],
])("%j", (notice, text) => {
  expect(noticeText(notice)).toBe(text);
});
