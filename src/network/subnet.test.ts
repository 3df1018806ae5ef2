import { describe, expect, test } from "bun:test";
import { formatAddress, formatMac, macOf, parseAddress } from "./address.ts";
import {
  chooseSubnet,
  contains,
  formatPrefix,
  hostAddresses,
  hostAt,
  parsePrefix,
} from "./subnet.ts";

describe("subnets", () => {
  test("are parsed with their host bits cleared", () => {
    expect(formatPrefix(parsePrefix("172.30.7.9/16"))).toBe("172.30.0.0/16");
    expect(formatPrefix(parsePrefix("192.168.77.200/26"))).toBe("192.168.77.192/26");
    for (const wrong of [
      "172.30.0.0",
      "172.30.0.0/33",
      "1.2.3/8",
      "a/16",
      "::1/129",
      "fe80::1%1/64",
    ])
      expect(() => parsePrefix(wrong)).toThrow("invalid");
  });

  test("have an address for each host", () => {
    const network = parsePrefix("10.0.0.248/29");
    expect(formatAddress(hostAt(network, 1))).toBe("10.0.0.249");
    expect([...hostAddresses(network)]).toEqual([
      "10.0.0.249",
      "10.0.0.250",
      "10.0.0.251",
      "10.0.0.252",
      "10.0.0.253",
      "10.0.0.254",
    ]);
  });

  test("have no address for a host at their edges, whatever range is asked for", () => {
    const network = parsePrefix("10.0.0.0/24");
    const within = (range: string) => [...hostAddresses(network, parsePrefix(range))];
    expect(within("10.0.0.8/31")).toEqual(["10.0.0.8", "10.0.0.9"]);
    expect(within("10.0.0.0/31")).toEqual(["10.0.0.1"]);
    expect(within("10.0.0.255/32")).toEqual([]);
  });

  test("are chosen away from everything in use, whichever is wider", () => {
    const choose = (...used: string[]) =>
      formatPrefix(
        chooseSubnet(
          used.map((text) => {
            const [address = "", bits] = text.split("/");
            return { address: parseAddress(address), bits: Number(bits) };
          }),
        ),
      );
    expect(choose("0.0.0.0/0", "127.0.0.0/8")).toBe("172.30.0.0/16");
    expect(choose("172.30.4.0/24")).toBe("172.29.0.0/16");
    expect(choose("172.30.9.9/32")).toBe("172.29.0.0/16");
    expect(choose("172.16.0.0/12")).toBe("192.168.0.0/20");
    expect(choose("172.16.0.0/12", "192.168.0.0/16", "10.200.0.0/16")).toBe("10.201.0.0/16");
    expect(() => choose("172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8")).toThrow(
      "could not find an available",
    );
  });

  test("are of IPv6, too", () => {
    const network = parsePrefix("fd00:1:2:3::77/64");
    expect(formatPrefix(network)).toBe("fd00:1:2:3::/64");
    expect(formatAddress(hostAt(network, 0x2_0003))).toBe("fd00:1:2:3::2:3");
    const [first, second] = hostAddresses(network);
    expect([first, second]).toEqual(["fd00:1:2:3::1", "fd00:1:2:3::2"]);
    for (const text of ["::", "::1", "1:0:0:2::3", "1:2:3:4:5:6:7:8", "2001:db8::10:0"])
      expect(formatAddress(parseAddress(text))).toBe(text);
    expect(contains(network, parseAddress("fd00:1:2:3:9::"))).toBe(true);
    expect(contains(network, parseAddress("fd00:1:2:4::1"))).toBe(false);
    expect(contains(network, parseAddress("10.0.0.1"))).toBe(false);
  });

  test("decide the MAC of an address", () => {
    expect(formatMac(macOf(parseAddress("172.30.0.2")))).toBe("02:42:ac:1e:00:02");
  });
});
