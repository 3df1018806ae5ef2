import { describe, expect, test } from "bun:test";
import { checkName, createId, generateName, shortId } from "./names.ts";
import { ADJECTIVES, SURNAMES } from "./words.ts";

describe("names and IDs", () => {
  test("an ID is 64 hex digits, its short form no number", () => {
    const id = createId();
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(shortId(id)).toMatch(/^(?=.*[a-f])[0-9a-f]{12}$/);
  });

  test("a made-up name is two words, and a number when those are taken", () => {
    expect(generateName(() => false)).toMatch(/^[a-z]+_[a-z]+$/);
    expect(generateName((name) => !/\d/.test(name))).toMatch(/^[a-z]+_[a-z]+\d+$/);
  });

  test("words are plain and there once", () => {
    for (const words of [ADJECTIVES, SURNAMES]) {
      expect(new Set(words).size).toBe(words.length);
      expect(words.filter((word) => !/^[a-z]+$/.test(word))).toEqual([]);
    }
  });

  test("a given name follows Docker's rule", () => {
    expect(checkName("/web-1")).toBe("web-1");
    for (const wrong of ["", "a", "-a", "a b", "ä1", "a/b"])
      expect(() => checkName(wrong)).toThrow("Invalid container name");
  });
});
