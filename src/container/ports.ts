import type { PublishedPort } from "#network";
import type { PortSummary } from "./container-service.ts";
import type { ContainerRecord } from "./record.ts";

type Protocol = PublishedPort["protocol"];

interface ExposedPort {
  readonly privatePort: number;
  readonly type: Protocol;
}

/** A container's ports as the API lists them: those that are published, and those that are only open. */
export function listPorts(record: ContainerRecord): PortSummary[] {
  const published = (record.ports ?? []).map(
    ({ containerPort, protocol, hostIp, hostPort }): PortSummary => ({
      ...{ ip: hostIp, privatePort: containerPort, publicPort: hostPort, type: protocol },
    }),
  );
  const taken = new Set(published.map(portKey));
  return [...published, ...openPorts(record).filter((port) => !taken.has(portKey(port)))];
}

/** Docker's NetworkSettings.Ports: by `80/tcp`, where it can be reached, null where it cannot. */
export function publishedPorts(record: ContainerRecord): Record<string, object[] | null> {
  const found: Record<string, object[] | null> = {};
  for (const port of openPorts(record)) found[portKey(port)] = null;
  for (const { containerPort, protocol, hostIp, hostPort } of record.ports ?? []) {
    const key = `${containerPort}/${protocol}`;
    const binding = { HostIp: hostIp, HostPort: String(hostPort) };
    found[key] = [...(found[key] ?? []), binding];
  }
  const entries = Object.entries(found).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries);
}

/** The exposed ones: they mean something only while it has a network of its own. */
function openPorts({ config, endpoints }: ContainerRecord): ExposedPort[] {
  const isConnected = Object.keys(endpoints ?? {}).length > 0;
  return isConnected ? Object.keys(config.ExposedPorts ?? {}).map(parsePort) : [];
}

function parsePort(text: string): ExposedPort {
  const [port, type = "tcp"] = text.split("/");
  return { privatePort: Number(port), type: type.toLowerCase() as Protocol };
}

function portKey({ privatePort, type }: ExposedPort | PortSummary): string {
  return `${privatePort}/${type}`;
}
