import { expect, test } from "bun:test";
import { bytesSize, humanDuration, humanSince, humanSize } from "./index.ts";

test.each([
  [0, "0B"],
  [999, "999B"],
  [1000, "1kB"],
  [1024, "1.02kB"],
  [1125, "1.12kB"],
  [1375, "1.38kB"],
  [999_499, "999kB"],
  [999_600, "1e+03kB"],
  [1_982_256, "1.98MB"],
  [72_800_000, "72.8MB"],
  [123_456_789_012, "123GB"],
  [1e30, "1e+06YB"],
])("humanSize(%p) is %s", (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});

test("humanSize takes another precision", () => {
  expect(humanSize(1_982_256, 4)).toBe("1.982MB");
});

test.each([
  [0, "0B"],
  [1023, "1023B"],
  [1024, "1KiB"],
  [1536, "1.5KiB"],
  [1024 ** 3 * 7.75, "7.75GiB"],
  [12_334_492 * 1024, "11.76GiB"],
])("bytesSize(%p) is %s", (bytes, text) => {
  expect(bytesSize(bytes)).toBe(text);
});

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-5 * SECOND, "Less than a second"],
  [450, "Less than a second"],
  [SECOND, "1 second"],
  [47 * SECOND, "47 seconds"],
  [MINUTE, "About a minute"],
  [119 * SECOND, "About a minute"],
  [3 * MINUTE, "3 minutes"],
  [59 * MINUTE + 59 * SECOND, "59 minutes"],
  [HOUR, "About an hour"],
  [89 * MINUTE, "About an hour"],
  [90 * MINUTE, "2 hours"],
  [47 * HOUR, "47 hours"],
  [48 * HOUR, "2 days"],
  [13 * DAY, "13 days"],
  [14 * DAY, "2 weeks"],
  [59 * DAY, "8 weeks"],
  [60 * DAY, "2 months"],
  [729 * DAY, "24 months"],
  [730 * DAY, "2 years"],
  [3652 * DAY, "10 years"],
])("humanDuration(%p) is %s", (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text);
});

test("humanSince", () => {
  const now = Date.UTC(2026, 10, 22, 13);
  expect(humanSince(new Date(now - 2 * HOUR), now)).toBe("2 hours ago");
  expect(humanSince(now - 1, now)).toBe("Less than a second ago");
});
