import { expect, test } from "bun:test";
import { parseDuration, parseTimestamp } from "./timestamp.ts";

const now = Date.parse("2024-06-01T12:00:00Z");

test("points in time are read in all of Docker's forms", () => {
  expect(parseTimestamp("24h", now)).toBe(now - 86_400_000);
  expect(parseTimestamp("1h30m", now)).toBe(now - 5_400_000);
  expect(parseTimestamp("1700000000", now)).toBe(1_700_000_000_000);
  expect(parseTimestamp("1700000000.5", now)).toBe(1_700_000_000_500);
  expect(parseTimestamp("2024-01-02T03:04:05Z", now)).toBe(Date.parse("2024-01-02T03:04:05Z"));
  expect(parseTimestamp("2024-01-02T03:04:05.123456789+02:00", now)).toBe(
    Date.parse("2024-01-02T01:04:05.123Z"),
  );
  expect(parseTimestamp("2024-01-02", now)).toBe(new Date(2024, 0, 2).getTime());
  expect(parseTimestamp("2024-01-02T03", now)).toBe(new Date(2024, 0, 2, 3).getTime());
  expect(parseTimestamp("2024-01-02T03:04", now)).toBe(new Date(2024, 0, 2, 3, 4).getTime());
});

test("durations are Go's", () => {
  expect(parseDuration("1.5s")).toBe(1500);
  expect(parseDuration("-2m")).toBe(-120_000);
  expect(parseDuration("3us")).toBeCloseTo(0.003);
  for (const text of ["", "h", "1d", "1 h", "yesterday"])
    expect(() => parseDuration(text)).toThrow("invalid duration");
});

test("nonsense is refused", () => {
  for (const text of ["", "soon", "2024-13-01", "2024-01-02T03:04:05X"])
    expect(() => parseTimestamp(text, now)).toThrow("invalid timestamp");
});
