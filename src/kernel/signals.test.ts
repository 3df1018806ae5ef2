import { expect, test } from "bun:test";
import { cgroupLayout, formatSignal, parseSignal, statfs } from "./index.ts";

test.each([
  ["9", 9],
  ["KILL", 9],
  ["sigterm", 15],
  ["SIGRTMIN+3", 37],
  ["rtmax-1", 63],
])("signal %s is %d", (text, number) => {
  expect(parseSignal(text)).toBe(number);
});

test.each(["0", "65", "FOO", "", "SIGRTMAX-40", "-9"])("%p is no signal", (text) => {
  expect(() => parseSignal(text)).toThrow(`invalid signal: ${text}`);
});

test("signal names", () => {
  expect([15, 34, 40].map(formatSignal)).toEqual(["SIGTERM", "SIGRTMIN", "SIGRTMIN+6"]);
});

test("facts of the machine", () => {
  expect(["v2", "v1", "hybrid", "none"]).toContain(cgroupLayout());
  const { total, free } = statfs("/");
  expect(total).toBeGreaterThanOrEqual(free);
});
