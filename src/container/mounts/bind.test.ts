import { describe, expect, test } from "bun:test";
import { parseBind } from "./bind.ts";

describe("-v", () => {
  test("is a host's path, a target and options", () => {
    expect(parseBind("/a:/c/./d/:ro,rshared,z")).toEqual({
      config: {
        Type: "bind",
        Source: "/a",
        Target: "/c/./d/",
        ReadOnly: true,
        BindOptions: { CreateMountpoint: true, Propagation: "rshared" },
      },
      mode: "ro,rshared,z",
    });
    expect(parseBind("/a:/b:rro").config.BindOptions).toMatchObject({
      ReadOnlyForceRecursive: true,
    });
  });

  test("is a volume by its name, or one without", () => {
    expect(parseBind("data:/b:nocopy,ro", "local").config).toEqual({
      Type: "volume",
      Source: "data",
      Target: "/b",
      ReadOnly: true,
      VolumeOptions: { NoCopy: true, DriverConfig: { Name: "local" } },
    });
    expect(parseBind("/data").config).toMatchObject({ Type: "volume", Target: "/data" });
  });

  const OF_BIND = 'invalid mount config for type "bind"';
  test.each([
    ["/a:", "invalid volume specification: '/a:'"],
    [":/a", "invalid volume specification: ':/a'"],
    ["/a:/b:ro:x", "invalid volume specification: '/a:/b:ro:x'"],
    ["/foo:ro", "invalid volume specification: '/foo:ro'"],
    [
      "/a:b",
      `invalid volume specification: '/a:b': ${OF_BIND}: invalid mount path: 'b' mount path`,
    ],
    ["/a:/", `${OF_BIND}: invalid specification: destination can't be '/'`],
    ["/a:/b/..", "destination can't be '/'"],
    ["/a:/b:rx", "invalid mode: rx"],
    ["/a:/b:ro,rw", "invalid mode: ro,rw"],
    ["/a:/b:shared,slave", "invalid mode"],
    ["/a:/b:nocopy", `${OF_BIND}: field VolumeOptions must not be specified`],
    ["foo:/b:rshared", 'for type "volume": field BindOptions must not be specified'],
    ["foo:/b:rro", 'mount mode "rro" requires a bind mount'],
  ])("%s: %s", (text, message) => {
    expect(() => parseBind(text)).toThrow(message);
  });
});
