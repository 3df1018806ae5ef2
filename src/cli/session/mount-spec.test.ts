import { describe, expect, test } from "bun:test";
import type { MountConfig } from "#container";
import { parseMount } from "./mount-spec.ts";

describe("--mount", () => {
  test.each<[string, MountConfig]>([
    ["dst=/y", { Type: "volume", Target: "/y" }],
    ["TYPE=Tmpfs,dst=/y,RO", { Type: "tmpfs", Target: "/y", ReadOnly: true }],
    [
      'type=bind,"src=/a,b",destination=/y,readonly=0,bind-propagation=rSlave,bind-create-src',
      {
        Type: "bind",
        Source: "/a,b",
        Target: "/y",
        ReadOnly: false,
        BindOptions: { Propagation: "rslave", CreateMountpoint: true },
      },
    ],
    [
      "type=bind,src=/,dst=/y,ro,bind-recursive=readonly,bind-propagation=rprivate",
      {
        Type: "bind",
        Source: "/",
        Target: "/y",
        ReadOnly: true,
        BindOptions: { ReadOnlyForceRecursive: true, Propagation: "rprivate" },
      },
    ],
    [
      "source=v1,target=/y,volume-nocopy,volume-label=a=b,volume-label=c,volume-driver=local," +
        "volume-opt=type=tmpfs,volume-opt=o=x=1,volume-subpath=a/b",
      {
        Type: "volume",
        Source: "v1",
        Target: "/y",
        VolumeOptions: {
          NoCopy: true,
          Labels: { a: "b", c: "" },
          DriverConfig: { Name: "local", Options: { type: "tmpfs", o: "x=1" } },
          Subpath: "a/b",
        },
      },
    ],
    [
      "type=tmpfs,dst=/y,tmpfs-size=64m,tmpfs-mode=1770",
      {
        Type: "tmpfs",
        Target: "/y",
        TmpfsOptions: { SizeBytes: 64 * 1024 ** 2, Mode: 0o1770 },
      },
    ],
    [
      "type=image,src=app,dst=/y,image-subpath=etc",
      { Type: "image", Source: "app", Target: "/y", ImageOptions: { Subpath: "etc" } },
    ],
  ])("%s", (text, mount) => {
    expect(parseMount(text)).toEqual(mount);
  });

  const RECURSIVE = '(must be "enabled", "disabled", "writable", or "readonly")';
  test.each([
    ["", "EOF"],
    ['type=bind,"src=/x', 'parse error on line 1, column 18: extraneous or missing " in quoted'],
    ['ty"pe=bind', 'parse error on line 1, column 3: bare " in non-quoted-field'],
    ["foo", "invalid field 'foo' must be a key=value pair"],
    ["dst=/y,volume-driver", "invalid field 'volume-driver' must be a key=value pair"],
    ["foo=1", "unexpected key 'foo' in 'foo=1'"],
    ["constructor=1", "unexpected key 'constructor' in 'constructor=1'"],
    ["dst=/x, src=y", "unexpected key ' src' in ' src=y'"],
    ["type=,dst=/x", "type is required"],
    ["type=bind,src=/x", "target is required"],
    ["dst=/y,ro=maybe", "invalid value for ro: maybe"],
    ["volume-nocopy=3,dst=/x", "invalid value for volume-nocopy: 3"],
    ["type=tmpfs,dst=/y,tmpfs-size=zz", "invalid value for tmpfs-size: zz"],
    ["type=tmpfs,dst=/y,tmpfs-mode=9", "invalid value for tmpfs-mode: 9"],
    ["type=bind,dst=/y,bind-recursive=x", `invalid value for bind-recursive: x ${RECURSIVE}`],
    ["src=/x,dst=/y,bind-propagation=x", "cannot mix 'bind-*' options with mount type 'volume'"],
    ["type=tmpfs,dst=/y,volume-nocopy", "cannot mix 'volume-*' options with mount type 'tmpfs'"],
    ["dst=/y,tmpfs-size=1", "cannot mix 'tmpfs-*' options with mount type 'volume'"],
    ["dst=/y,image-subpath=z", "cannot mix 'image-*' options with mount type 'volume'"],
    [
      "type=bind,src=/x,dst=/y,bind-recursive=writable",
      "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction",
    ],
    [
      "type=bind,src=/x,dst=/y,bind-recursive=readonly,ro",
      "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified",
    ],
  ])("%s: %s", (text, message) => {
    expect(() => parseMount(text)).toThrow(message);
  });
});
