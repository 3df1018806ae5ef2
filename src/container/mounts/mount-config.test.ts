import { describe, expect, test } from "bun:test";
import type { MountConfig } from "../host-config.ts";
import { checkMount } from "./mount-config.ts";
import { parseTmpfs, tmpfsOptions } from "./tmpfs.ts";

describe("a mount of the API", () => {
  const Target = "/y";
  test.each<[MountConfig, string]>([
    [{ Type: "bind", Source: "/", Target: "" }, "field Target must not be empty"],
    [{ Type: "bind", Source: "/", Target: "y" }, "invalid mount path: 'y' mount path must be"],
    [{ Type: "bind", Target }, "field Source must not be empty"],
    [{ Type: "bind", Source: "rel", Target }, "invalid mount path: 'rel' mount path must be"],
    [{ Type: "bind", Source: "/no/such", Target }, "bind source path does not exist: /no/such"],
    [
      { Type: "bind", Source: "/", Target, BindOptions: { Propagation: "foo" } },
      "invalid propagation mode: foo",
    ],
    [{ Type: "bind", Source: "/", Target, VolumeOptions: {} }, "field VolumeOptions must not be"],
    [{ Type: "volume", Target, BindOptions: {} }, "field BindOptions must not be specified"],
    [{ Type: "volume", Target, ReadOnly: true }, "must not set ReadOnly mode when using anonymous"],
    [
      { Type: "volume", Target, VolumeOptions: { Subpath: "a" } },
      "must not set Subpath when using anonymous volumes",
    ],
    ...["/etc", "..", "a/../../b"].map((Subpath): [MountConfig, string] => [
      { Type: "volume", Source: "v1", Target, VolumeOptions: { Subpath } },
      "subpath must be a relative path within the volume",
    ]),
    [{ Type: "tmpfs", Source: "x", Target }, "field Source must not be specified"],
    [{ Type: "image", Target }, "field Source must not be empty"],
    [{ Type: "foo" as "bind", Target }, "mount type unknown"],
  ])("%j: %s", (mount, message) => {
    expect(() => checkMount(mount)).toThrow(
      `invalid mount config for type "${mount.Type}": ${message}`,
    );
  });

  test.each<MountConfig>([
    { Type: "bind", Source: "/no/such", Target, BindOptions: { CreateMountpoint: true } },
    { Type: "volume", Target },
    { Type: "volume", Source: "v1", Target, VolumeOptions: { Subpath: "a/../b" } },
    { Type: "image", Source: "app", Target, ImageOptions: { Subpath: "etc" } },
  ])("%j is good", (mount) => {
    expect(() => checkMount(mount)).not.toThrow();
  });
});

describe("tmpfs", () => {
  test("has a mode and a size in the largest unit that fits", () => {
    const TmpfsOptions = { Mode: 0o1770, SizeBytes: 64 * 1024 ** 2 };
    const mount = { Type: "tmpfs", Target: "/t", ReadOnly: true, TmpfsOptions } as const;
    expect(tmpfsOptions(mount)).toEqual(["ro", "mode=1770", "size=64m"]);
    expect(parseTmpfs("/t", "size=1m,exec,defaults")).toEqual(["size=1m", "exec"]);
  });

  test.each([
    ["rel", "", "invalid mount path: 'rel' mount path must be absolute"],
    ["/", "", "invalid specification: destination can't be '/'"],
    ["/t", "bad=1", 'invalid tmpfs option ["bad" "1"]'],
    ["/t", "size", 'invalid tmpfs option ["size"]'],
  ])("%s:%s: %s", (target, options, message) => {
    expect(() => parseTmpfs(target, options)).toThrow(message);
  });
});
