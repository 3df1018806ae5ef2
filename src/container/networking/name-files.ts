import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Attachment,
  containerHosts,
  containerResolvConf,
  type Endpoint,
  ownLine,
} from "#network";
import { type ContainerStore, placesOf } from "../container-store.ts";
import { findContainer } from "../find.ts";
import type { HostConfig } from "../host-config.ts";
import type { Container, ContainerRecord } from "../record.ts";
import { networkDonor } from "./attach.ts";
import { linkedHosts } from "./links.ts";

/** The files that say who the container is and whom it asks for names, and where they go. */
export const NAME_FILES = ["resolv.conf", "hostname", "hosts"] as const;

/**
 * Writes them anew, as at every start: the addresses may be others. Gives the directory that they
 * are in: one that shares another container's network shares its files.
 */
export function writeNameFiles(
  store: ContainerStore,
  container: Container,
  attachment: Attachment,
): string {
  const donor = networkDonor(store, container);
  if (donor) return placesOf(store, donor.id).bundle;
  const directory = placesOf(store, container.id).bundle;
  const { config, hostConfig } = container.record;
  const text = {
    hostname: `${config.Hostname ?? ""}\n`,
    hosts: hostsText(store, container, attachment),
    "resolv.conf": resolvConfText(hostConfig, attachment),
  };
  for (const name of NAME_FILES) writeFileSync(join(directory, name), text[name], { mode: 0o644 });
  return directory;
}

/** Brings the files of one that is up in line with the networks it is in now. */
export function updateNameFiles(
  store: ContainerStore,
  { id, record }: Container,
  after: Readonly<Record<string, Endpoint>>,
): void {
  const { endpoints: before = {}, hostConfig } = record;
  const directory = placesOf(store, id).bundle;
  const gone = new Set(Object.values(before).flatMap(addressesOf));
  const hosts = join(directory, "hosts");
  const kept = readFileSync(hosts, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !gone.has(line.split("\t")[0]!));
  const own = Object.values(after)
    .flatMap(addressesOf)
    .map((address) => ownLine(address, fullName(record)));
  writeFileSync(hosts, [...kept, ...own, ""].join("\n"));
  const resolvConf = join(directory, "resolv.conf");
  const attached = (endpoints: ContainerRecord["endpoints"] = {}) =>
    resolvConfText(hostConfig, { mode: "bridge", namespace: undefined, endpoints });
  // What somebody has written there stays.
  if (readFileSync(resolvConf, "utf8") === attached(before))
    writeFileSync(resolvConf, attached(after));
}

function hostsText(store: ContainerStore, { record }: Container, attachment: Attachment): string {
  const { mode, endpoint, endpoints = {} } = attachment;
  const { hostConfig, networks = {} } = record;
  const links = [
    ...(hostConfig.Links ?? []),
    ...Object.values(networks).flatMap(({ Links }) => Links ?? []),
  ];
  const linked = linkedHosts(links, endpoints, (name) =>
    findContainer(store.state.containers, name),
  );
  return containerHosts({
    hostname: fullName(record),
    shareHost: mode === "host",
    extra: hostConfig.ExtraHosts ?? [],
    linked,
    addresses: Object.values(endpoints).flatMap(addressesOf),
    ...hostAddress(mode, endpoint),
  });
}

function fullName({ config: { Hostname = "", Domainname } }: ContainerRecord): string {
  return Domainname ? `${Hostname}.${Domainname}` : Hostname;
}

/** By which the container reaches the host. */
function hostAddress(mode: Attachment["mode"], endpoint: Attachment["endpoint"]) {
  if (mode === "host") return { gateway: "127.0.0.1" };
  return endpoint?.gateway ? { gateway: endpoint.gateway } : {};
}

/** Where a network has a name server, that one forwards to those which the user has named. */
function resolvConfText(
  { Dns, DnsSearch, DnsOptions }: HostConfig,
  { mode, endpoints = {} }: Attachment,
): string {
  const servers = Object.values(endpoints).flatMap(({ nameserver }) => nameserver ?? []);
  const hasNames = servers.length > 0;
  const nameservers = hasNames ? servers : Dns;
  return containerResolvConf({
    shareHost: mode !== "bridge",
    ndots: hasNames,
    ...(nameservers?.length && { nameservers }),
    ...(DnsSearch?.length && { search: DnsSearch }),
    ...(DnsOptions?.length && { options: DnsOptions }),
  });
}

function addressesOf({ address, address6 }: Endpoint): string[] {
  return [address, ...(address6 ? [address6] : [])];
}
