import { isIP } from "node:net";
import type { HostConfig, PortBinding } from "#container";
import { fail } from "#errors";
import { splitFields } from "./comma-fields.ts";

type Bindings = Record<string, PortBinding[]>;

const PROTOCOLS = ["tcp", "udp", "sctp"];
const LARGEST = 65535;

interface Range {
  readonly first: number;
  readonly last: number;
}

/** What `--publish` asks for, with the ports of the container that it thereby exposes. */
export function parsePublish(specs: readonly string[]): {
  bindings: NonNullable<HostConfig["PortBindings"]>;
  exposed: Record<string, object>;
} {
  const bindings: Bindings = {};
  for (const spec of specs)
    for (const [port, binding] of parseSpec(shortForm(spec)))
      bindings[port] = [...(bindings[port] ?? []), binding];
  const exposed = Object.fromEntries(Object.keys(bindings).map((port) => [port, {}]));
  return { bindings, exposed };
}

/** The ports of `--expose PORT[-PORT][/PROTOCOL]`. */
export function parseExpose(specs: readonly string[]): Record<string, object> {
  const ports = specs.flatMap((spec) => {
    if (spec.includes(":")) fail("invalid-argument", `invalid port format for --expose: ${spec}`);
    const [range = "", protocol = "tcp"] = splitProtocol(spec);
    return eachPort(exposedRange(spec, range)).map((port) => `${port}/${protocol}`);
  });
  return Object.fromEntries(ports.map((port) => [port, {}]));
}

/** `[IP:][HOST:]CONTAINER[/PROTOCOL]`, each of the last two a port or a range. */
function parseSpec(spec: string): [port: string, binding: PortBinding][] {
  const [whole = "", protocol = ""] = splitProtocol(spec);
  const { ip, host, container } = splitPlaces(whole);
  if (container === "") fail("invalid-argument", `no port specified: ${spec}<empty>`);
  const inside =
    parseRange(container) ?? fail("invalid-argument", `invalid containerPort: ${container}`);
  const outside = host === "" ? undefined : parseRange(host);
  if (host !== "" && outside === undefined) fail("invalid-argument", `invalid hostPort: ${host}`);
  if (!PROTOCOLS.includes(protocol)) fail("invalid-argument", `invalid proto: ${protocol}`);
  checkAddress(ip);
  const offset = offsetOf(inside, outside, { container, host });
  return eachPort(inside).map((port) => {
    const HostPort = offset === undefined ? host : String(port + offset);
    return [`${port}/${protocol}`, { HostIp: ip, HostPort }];
  });
}

/** How far the host's ports are from the container's; undefined where any of them will do. */
function offsetOf(
  inside: Range,
  outside: Range | undefined,
  { container, host }: { container: string; host: string },
): number | undefined {
  if (outside === undefined) return undefined;
  if (sizeOf(outside) === sizeOf(inside)) return outside.first - inside.first;
  if (sizeOf(inside) === 1) return undefined;
  return fail(
    "invalid-argument",
    `invalid ranges specified for container and host Ports: ${container} and ${host}`,
  );
}

/** An IPv6 address has colons of its own, and brackets around. */
function splitPlaces(spec: string): { ip: string; host: string; container: string } {
  const parts = spec.split(":");
  const container = parts.pop() ?? "";
  const host = parts.pop() ?? "";
  const ip = parts.join(":");
  if (ip.startsWith("[") !== ip.endsWith("]") || (ip === "" && host.startsWith("[")))
    fail("invalid-argument", `invalid IP address: ${ip}`);
  return { ip: ip.replace(/^\[(.*)\]$/, "$1"), host, container };
}

function splitProtocol(spec: string): [range: string, protocol: string] {
  const at = spec.lastIndexOf("/");
  return at < 0 ? [spec, "tcp"] : [spec.slice(0, at), spec.slice(at + 1).toLowerCase() || "tcp"];
}

function checkAddress(ip: string): void {
  if (ip !== "" && isIP(ip) === 0) fail("invalid-argument", `invalid IP address: ${ip}`);
}

function parseRange(text: string): Range | undefined {
  const [, from = "", to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return from !== "" && first <= last && last <= LARGEST ? { first, last } : undefined;
}

function exposedRange(spec: string, range: string): Range {
  const found = parseRange(range);
  if (found) return found;
  const parts = range.split("-");
  const wrong = parts.find((part) => !/^\d+$/.test(part));
  const why =
    wrong === undefined
      ? `invalid range specified for port: ${range}`
      : `strconv.ParseUint: parsing ${JSON.stringify(wrong)}: invalid syntax`;
  return fail("invalid-argument", `invalid range format for --expose: ${spec}, error: ${why}`);
}

function eachPort({ first, last }: Range): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function sizeOf({ first, last }: Range): number {
  return last - first + 1;
}

/** `target=80,published=8080,protocol=tcp`, the form that services have, in the short one. */
function shortForm(spec: string): string {
  if (!spec.includes("=")) return spec;
  const fields = splitFields(spec).map((field) => field.split("=") as [string, string?]);
  const { target = "", published = "", protocol = "tcp", ...more } = Object.fromEntries(fields);
  const [unknown] = Object.keys(more).filter((key) => key !== "mode");
  if (unknown !== undefined) fail("invalid-argument", `invalid field key ${unknown}`);
  return `${published}:${target}/${protocol}`;
}
