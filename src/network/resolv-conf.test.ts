import { describe, expect, test } from "bun:test";
import { containerResolvConf, parseResolvConf } from "./resolv-conf.ts";

const reading = (files: Record<string, string>) => (path: string) => files[path] ?? "";
const system = "/etc/resolv.conf";
const upstream = "/run/systemd/resolve/resolv.conf";

describe("a container's resolv.conf", () => {
  test("has the host's servers, search and options, without comments", () => {
    const text =
      "# by dhcp\nnameserver 192.0.2.1\nnameserver 2001:db8::1 ; six\nsearch a.test b.test\noptions ndots:2 edns0\n";
    expect(containerResolvConf({}, reading({ [system]: text }))).toBe(
      "nameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch a.test b.test\noptions ndots:2 edns0\n",
    );
  });

  test("names the servers behind systemd-resolved's stub", () => {
    const files = {
      [system]: "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n",
      [upstream]: "nameserver 192.0.2.9\nnameserver fe80::1%eth0\nsearch lan\n",
    };
    expect(containerResolvConf({}, reading(files))).toBe("nameserver 192.0.2.9\nsearch lan\n");
  });

  test("falls back to public servers where only loopback ones are known", () => {
    const files = { [system]: "nameserver 127.0.0.1\nnameserver ::1\nsearch lan\n" };
    expect(containerResolvConf({}, reading(files))).toBe(
      "nameserver 8.8.8.8\nnameserver 8.8.4.4\nsearch lan\n",
    );
    expect(containerResolvConf({}, reading({}))).toContain("nameserver 8.8.8.8\n");
  });

  test("keeps the host's own resolver on the host's network", () => {
    const files = { [system]: "nameserver 127.0.0.53\n", [upstream]: "nameserver 192.0.2.9\n" };
    expect(containerResolvConf({ shareHost: true }, reading(files))).toBe(
      "nameserver 127.0.0.53\n",
    );
  });

  test("lets the user's choice win, part by part", () => {
    const files = { [system]: "nameserver 192.0.2.1\nsearch lan\n" };
    const text = containerResolvConf({ nameservers: ["192.0.2.7"] }, reading(files));
    expect(text).toBe("nameserver 192.0.2.7\nsearch lan\n");
  });
});

test("a dot stands for no search domain", () => {
  expect(containerResolvConf({ search: ["."] }, () => "search lan")).not.toContain("search");
});

test("the last search or domain line counts", () => {
  expect(parseResolvConf("search a\nsearch b c\n").search).toEqual(["b", "c"]);
  expect(parseResolvConf("domain d\n").search).toEqual(["d"]);
});
