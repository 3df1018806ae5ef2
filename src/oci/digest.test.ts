import { describe, expect, test } from "bun:test";
import {
  chainsOf,
  type DiffId,
  digestOf,
  isDigest,
  parsePlatform,
  platformMatches,
} from "./index.ts";

describe("digests", () => {
  test("are checked for algorithm, length and case", () => {
    const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(digestOf("")).toBe(empty as never);
    expect(isDigest(empty)).toBe(true);
    expect(isDigest(empty.toUpperCase())).toBe(false);
    expect(isDigest(empty.slice(0, -1))).toBe(false);
    expect(isDigest("md5:d41d8cd98f00b204e9800998ecf8427e")).toBe(false);
    expect(isDigest("sha256:../../../../etc/passwd")).toBe(false);
    expect(isDigest(`sha512:${"a".repeat(128)}`)).toBe(true);
  });

  test("a chain is its only layer, then the hash of chain and layer", () => {
    const [a, b] = [digestOf("a") as DiffId, digestOf("b") as DiffId];
    expect(chainsOf([a, b])).toEqual([a, digestOf(`${a} ${b}`)] as never);
    expect(chainsOf([])).toEqual([]);
  });
});

describe("platforms", () => {
  test("a missing variant matches any, another architecture none", () => {
    expect(platformMatches(parsePlatform("linux/arm64/v8"), parsePlatform("linux/aarch64"))).toBe(
      true,
    );
    expect(platformMatches(parsePlatform("linux/arm64"), parsePlatform("linux/amd64"))).toBe(false);
  });

  test("an architecture alone is one of Linux", () => {
    expect(parsePlatform("aarch64")).toEqual(parsePlatform("linux/arm64"));
    expect(parsePlatform("windows").os).toBe("windows");
  });
});
