import { describe, expect, test } from "bun:test";
import { parseBind } from "./bind.ts";

describe("-v", () => {
  test("is host, container and options", () => {
    expect(parseBind("/a//b/:/c/./d/")).toEqual({
      source: "/a/b",
      target: "/c/d",
      readOnly: false,
      propagation: "rprivate",
      mode: "",
    });
    expect(parseBind("/a:/b:ro,rshared,z")).toMatchObject({
      readOnly: true,
      propagation: "rshared",
    });
  });

  test.each([
    ["/a", "invalid volume specification: '/a'"],
    ["/a:", "invalid volume specification: '/a:'"],
    ["/a:/b:ro:x", "invalid volume specification"],
    ["/a:b", "mount path must be absolute"],
    ["/a:/", "destination can't be '/'"],
    ["/a:/b/..", "destination can't be '/'"],
    ["/a:/b:rx", "invalid mode: rx"],
    ["/a:/b:ro,rw", "invalid mode: ro,rw"],
    ["/a:/b:shared,slave", "invalid mode"],
    ["./a:/b", "If you intended to pass a host directory, use absolute path"],
    ["data:/b", "named volumes are not supported yet"],
  ])("%s: %s", (text, message) => {
    expect(() => parseBind(text)).toThrow(message);
  });
});
