import { isIP } from "node:net";
import { fail } from "#errors";

const PROTOCOLS = ["tcp", "udp", "sctp"];

/**
 * The ports that an EXPOSE word names, as `80/tcp`: `port[-port][/protocol]`, with an address
 * and a host port before it tolerated as Docker does. Fails with `invalid-argument`.
 */
export function parseExposedPorts(word: string): string[] {
  const { address, hostPort, port: spec } = splitAddress(word);
  const { port, protocol } = splitProtocol(spec, word);
  const range = parseRange(port) ?? fail("invalid-argument", `invalid containerPort: ${port}`);
  if (address !== "" && !isIP(address.replace(/^\[(.*)\]$/, "$1")))
    fail("invalid-argument", `invalid IP address: ${address}`);
  if (hostPort !== "") checkHostPort(hostPort, port, range);
  const count = range.last - range.first + 1;
  return Array.from({ length: count }, (_, index) => `${range.first + index}/${protocol}`);
}

function splitAddress(word: string): { address: string; hostPort: string; port: string } {
  const parts = word.split(":");
  const [port = "", hostPort = "", ...address] = parts.reverse();
  return { address: address.reverse().join(":"), hostPort, port };
}

function splitProtocol(spec: string, word: string): { port: string; protocol: string } {
  const slash = spec.indexOf("/");
  const port = slash < 0 ? spec : spec.slice(0, slash);
  const protocol = slash < 0 ? "" : spec.slice(slash + 1).toLowerCase();
  if (port === "") fail("invalid-argument", `no port specified: ${word}<empty>`);
  if (protocol !== "" && !PROTOCOLS.includes(protocol))
    fail("invalid-argument", `invalid proto: ${protocol}`);
  return { port, protocol: protocol || "tcp" };
}

function checkHostPort(hostPort: string, port: string, range: Range): void {
  const host = parseRange(hostPort) ?? fail("invalid-argument", `invalid hostPort: ${hostPort}`);
  const isSingle = range.first === range.last;
  if (!isSingle && host.last - host.first !== range.last - range.first) {
    fail(
      "invalid-argument",
      `invalid ranges specified for container and host Ports: ${port} and ${hostPort}`,
    );
  }
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function parseRange(text: string): Range | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first <= last && last <= 65535 ? { first, last } : undefined;
}
