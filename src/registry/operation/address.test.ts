import { expect, test } from "bun:test";
import { formatAddress, isLocal, parseAddress } from "./address.ts";

test.each([
  ["127.0.0.1:5000", "http://127.0.0.1:5000", true],
  ["localhost:5000", "http://localhost:5000", true],
  ["[::1]:5000", "http://[::1]:5000", true],
  ["registry.test:443", "http://registry.test:443", false],
  [":5000", "http://[::]:5000", false],
  ["5000", "http://[::]:5000", false],
  ["unix:/run/registry.sock", "unix:/run/registry.sock", true],
  ["unix:///run/registry.sock", "unix:/run/registry.sock", true],
])("%s is %s", (text, url, local) => {
  const address = parseAddress(text);
  expect([formatAddress(address, "http"), isLocal(address)]).toEqual([url, local]);
});

test.each(["", "host", "host:", "host:99999", "a:b:1", "::1:5000", "host:1x", "unix:"])(
  "%p is none",
  (text) => {
    expect(() => parseAddress(text)).toThrow("write HOST:PORT, :PORT or unix:PATH");
  },
);
