import { describe, expect, test } from "bun:test";
import { checkExtraHost, containerHosts } from "./hosts.ts";

describe("a container's hosts file", () => {
  test("has localhost, the extra names in order, and its own name last", () => {
    const text = containerHosts({
      hostname: "box",
      addresses: ["172.30.0.2"],
      extra: ["db:192.0.2.4", "six=[2001:db8::1]", "six2:2001:db8::2", "up:host-gateway"],
      gateway: "172.30.0.1",
    });
    expect(text.split("\n").slice(0, 2)).toEqual([
      "127.0.0.1\tlocalhost",
      "::1\tlocalhost ip6-localhost ip6-loopback",
    ]);
    expect(text.split("\n").slice(6)).toEqual([
      "192.0.2.4\tdb",
      "2001:db8::1\tsix",
      "2001:db8::2\tsix2",
      "172.30.0.1\tup",
      "172.30.0.2\tbox",
      "",
    ]);
  });

  test("knows a name with a domain without it too", () => {
    const text = containerHosts({ hostname: "box.lan", addresses: ["172.30.0.2"] });
    expect(text).toEndWith("172.30.0.2\tbox.lan box\n");
  });

  test("has no own name without an address", () => {
    expect(containerHosts({ hostname: "box" })).not.toContain("box");
  });

  test("refuses what is not NAME:ADDRESS", () => {
    expect(() => checkExtraHost("db")).toThrow('bad format for add-host: "db"');
    expect(() => checkExtraHost(":192.0.2.1")).toThrow("bad format for add-host");
    expect(() => checkExtraHost("db:nowhere")).toThrow('invalid IP address in add-host: "nowhere"');
    expect(() => containerHosts({ hostname: "b", extra: ["x:host-gateway"] })).toThrow(
      "host-gateway has no address",
    );
  });
});
