import { describe, expect, test } from "bun:test";
import { parseExpose, parsePublish } from "./publish.ts";

const bindingsOf = (...specs: string[]) => parsePublish(specs).bindings;
const any = (HostPort: string, HostIp = "") => [{ HostIp, HostPort }];

describe("--publish", () => {
  test("has a port, a range, an address and a protocol where they are given", () => {
    const cases: [string, object][] = [
      ["80", { "80/tcp": any("") }],
      ["8080:80", { "80/tcp": any("8080") }],
      ["127.0.0.1:8080:80/udp", { "80/udp": any("8080", "127.0.0.1") }],
      ["127.0.0.1::80", { "80/tcp": any("", "127.0.0.1") }],
      ["[::1]:8080:80/TCP", { "80/tcp": any("8080", "::1") }],
      ["8000-8010:80/sctp", { "80/sctp": any("8000-8010") }],
      ["7000-7001:8000-8001", { "8000/tcp": any("7000"), "8001/tcp": any("7001") }],
      ["80-81", { "80/tcp": any(""), "81/tcp": any("") }],
      ["published=8080,target=80,protocol=udp", { "80/udp": any("8080") }],
    ];
    for (const [spec, expected] of cases) expect(bindingsOf(spec)).toEqual(expected as never);
  });

  test("adds up, and exposes what it publishes", () => {
    const { bindings, exposed } = parsePublish(["1:80", "2:80", "3:81"]);
    expect(bindings["80/tcp"]?.map(({ HostPort }) => HostPort)).toEqual(["1", "2"]);
    expect(exposed).toEqual({ "80/tcp": {}, "81/tcp": {} });
  });

  test("says what is wrong in Docker's words", () => {
    const cases = {
      abc: "invalid containerPort: abc",
      "80:70000": "invalid containerPort: 70000",
      "a:80": "invalid hostPort: a",
      "90-80:80": "invalid hostPort: 90-80",
      "80:90-80": "invalid containerPort: 90-80",
      "1.2.3:80:80": "invalid IP address: 1.2.3",
      "80-90:80-81": "invalid ranges specified for container and host Ports: 80-81 and 80-90",
      "80/foo": "invalid proto: foo",
      "": "no port specified: <empty>",
      "80:": "no port specified: 80:<empty>",
    };
    for (const [spec, message] of Object.entries(cases))
      expect(() => bindingsOf(spec)).toThrow(message);
  });
});

test("--expose takes ports and ranges", () => {
  expect(parseExpose(["80", "90-91/udp"])).toEqual({ "80/tcp": {}, "90/udp": {}, "91/udp": {} });
  expect(() => parseExpose(["a"])).toThrow('parsing "a": invalid syntax');
  expect(() => parseExpose(["8-7"])).toThrow("invalid range specified for port: 8-7");
});
