import { describe, expect, test } from "bun:test";
import { parseFileMode } from "./file-mode.ts";
import { formatDuration, quoteList } from "./go-format.ts";
import { parseExposedPorts } from "./ports.ts";

describe("--chmod", () => {
  test.each([
    ["755", 0o600, false, 0o755],
    ["04711", 0o600, false, 0o4711],
    ["u=rwX,go=rX", 0o644, false, 0o644],
    ["u=rwX,go=rX", 0o700, false, 0o755],
    ["u=rwX,go=rX", 0o600, true, 0o755],
    ["a-x", 0o755, false, 0o644],
    ["+x", 0o644, false, 0o755],
    ["g+s,+t", 0o755, true, 0o3755],
    ["o=u,u-w", 0o700, false, 0o507],
    ["u+s", 0o755, false, 0o4755],
  ] as const)("%s", (text, mode, isDirectory, expected) => {
    expect(parseFileMode(text)(mode, isDirectory)).toBe(expected);
  });

  test.each(["", "8", "10000", "u", "q+x", "u=z", "u+rw,"])("refuses %j", (text) => {
    expect(() => parseFileMode(text)).toThrow("invalid chmod parameter");
  });
});

describe("EXPOSE", () => {
  test.each([
    ["80", ["80/tcp"]],
    ["80/UDP", ["80/udp"]],
    ["7000-7002/sctp", ["7000/sctp", "7001/sctp", "7002/sctp"]],
    ["8080:80", ["80/tcp"]],
    ["127.0.0.1:8080:80", ["80/tcp"]],
    ["[::1]:9000-9001:80-81", ["80/tcp", "81/tcp"]],
  ])("%s", (word, ports) => {
    expect(parseExposedPorts(word)).toEqual(ports);
  });

  test.each([
    ["80/xyz", "invalid proto: xyz"],
    ["/tcp", "no port specified"],
    ["90-80", "invalid containerPort"],
    ["1-3:80-81", "invalid ranges"],
    ["host:1:80", "invalid IP address: host"],
  ])("refuses %s", (word, message) => {
    expect(() => parseExposedPorts(word)).toThrow(message);
  });
});

test("history writes texts and durations as Go does", () => {
  expect(quoteList(['a "b"', "tab\there", "é☃", "\u0001\u200b"])).toBe(
    '["a \\"b\\"" "tab\\there" "é☃" "\\x01\\u200b"]',
  );
  const durations = [0, 1, 1500, 2_500_000, 1e9, 90e9, 3_661_500_000_000, 3600e9];
  expect(durations.map(formatDuration)).toEqual([
    "0s",
    "1ns",
    "1.5µs",
    "2.5ms",
    "1s",
    "1m30s",
    "1h1m1.5s",
    "1h0m0s",
  ]);
});
