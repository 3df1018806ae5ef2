import { expect, test } from "bun:test";
import { portsText } from "./port-text.ts";

test("ports are put together as Docker does", () => {
  const open = (privatePort: number) => ({ privatePort, type: "tcp" as const });
  const published = (ip: string, publicPort: number, privatePort = publicPort) => ({
    ...{ ip, publicPort, privatePort, type: "tcp" as const },
  });
  const everywhere = (publicPort: number, privatePort = publicPort) =>
    ["0.0.0.0", "::"].map((ip) => published(ip, publicPort, privatePort));
  const ports = [
    ...[open(503), open(22), open(502), open(500), open(501)],
    ...[everywhere(9002), everywhere(9000), everywhere(9001), everywhere(7000, 80)].flat(),
    { ...published("127.0.0.1", 7001, 81), type: "udp" as const },
  ];
  expect(portsText(ports)).toBe(
    "22/tcp, 500-503/tcp, 0.0.0.0:9000-9002->9000-9002/tcp, :::9000-9002->9000-9002/tcp, " +
      "0.0.0.0:7000->80/tcp, :::7000->80/tcp, 127.0.0.1:7001->81/udp",
  );
  expect(portsText([])).toBe("");
});
