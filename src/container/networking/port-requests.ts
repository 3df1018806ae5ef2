import { isIP } from "node:net";
import { fail } from "#errors";
import type { PortRequest, Protocol } from "#network";
import type { ContainerConfig } from "../container-config.ts";
import type { HostConfig, PortBinding } from "../host-config.ts";

const PROTOCOLS: readonly string[] = ["tcp", "udp", "sctp"];
const LARGEST = 65535;

/** The ports of the host that a container is to have; fails with `invalid-argument`. */
export function portRequests(
  { ExposedPorts }: Pick<ContainerConfig, "ExposedPorts">,
  { PortBindings, PublishAllPorts }: HostConfig,
): PortRequest[] {
  const asked = { ...PortBindings };
  if (PublishAllPorts) for (const port of Object.keys(ExposedPorts ?? {})) asked[port] ??= [{}];
  const requests = Object.entries(asked).flatMap(([port, bindings]) =>
    (bindings?.length ? bindings : [{}]).map((binding) => requestOf(port, binding)),
  );
  return requests.sort((one, other) => one.containerPort - other.containerPort);
}

function requestOf(text: string, { HostIp = "", HostPort = "" }: PortBinding): PortRequest {
  const [port = "", protocol = "tcp"] = text.toLowerCase().split("/");
  if (!PROTOCOLS.includes(protocol)) fail("invalid-argument", `invalid proto: ${protocol}`);
  if (HostIp !== "" && isIP(HostIp) === 0)
    fail("invalid-argument", `invalid IP address: ${HostIp}`);
  const containerPort = parsePort(port) ?? fail("invalid-argument", `invalid port: ${text}`);
  const request = { protocol: protocol as Protocol, containerPort, hostIp: HostIp };
  if (HostPort === "" || HostPort === "0") return request;
  const [first, last = first] = HostPort.split("-").map(parsePort);
  if (first === undefined || last === undefined || last < first)
    return fail("invalid-argument", `invalid hostPort: ${HostPort}`);
  return { ...request, hostPorts: { first, last } };
}

function parsePort(text: string): number | undefined {
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  return port > 0 && port <= LARGEST ? port : undefined;
}
