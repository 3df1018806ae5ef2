import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodePath, encodePath, systemPath } from "./path-bytes.ts";

test("any bytes turn into text and back into the same bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      expect(Buffer.from(encodePath(decodePath(bytes)))).toEqual(Buffer.from(bytes));
    }),
  );
});

test("text that is UTF-8 stays as it is", () => {
  for (const text of ["usr/bin", "é", "💩", "\u{1f0a1}", "\ufeffmark"]) {
    expect(decodePath(Buffer.from(text))).toBe(text);
    expect(systemPath(text)).toBe(text);
  }
});

test("a byte that is not UTF-8 is kept as a lone surrogate", () => {
  const latin1 = Uint8Array.of(0x63, 0x61, 0x66, 0xe9);
  expect(decodePath(latin1)).toBe("caf\udce9");
  expect(systemPath("caf\udce9")).toEqual(Buffer.from(latin1));
});
