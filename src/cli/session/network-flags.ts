import type { ContainerConfig, EndpointConfig, HostConfig, NetworkingConfig } from "#container";
import { fail } from "#errors";
import type { FlagSpecs, FlagValues } from "../flags/index.ts";
import { splitFields } from "./comma-fields.ts";
import { parseExpose, parsePublish } from "./publish.ts";

const FIELDS: readonly string[] = ["name", "alias", "ip", "ip6", "mac-address", "driver-opt"];

/** The flags that say how a container is connected. */
export const networkFlags = {
  addHost: { type: "list", help: "Add a custom host-to-IP mapping (host:ip)" },
  dns: { type: "list", help: "Set custom DNS servers" },
  dnsOption: { type: "list", aliases: ["dns-opt"], help: "Set DNS options" },
  dnsSearch: { type: "list", help: "Set custom DNS search domains" },
  expose: { type: "list", help: "Expose a port or a range of ports" },
  ip: { type: "string", help: "IPv4 address (e.g., 172.30.100.104)" },
  ip6: { type: "string", help: "IPv6 address (e.g., 2001:db8::33)" },
  link: { type: "list", help: "Add link to another container" },
  linkLocalIp: { type: "list", help: "Container IPv4/IPv6 link-local addresses" },
  macAddress: { type: "string", help: "Container MAC address (e.g., 92:d0:c6:0a:29:33)" },
  network: {
    type: "list",
    aliases: ["net"],
    value: "network",
    help: "Connect a container to a network",
  },
  networkAlias: {
    type: "list",
    aliases: ["net-alias"],
    help: "Add network-scoped alias for the container",
  },
  publish: { type: "list", short: "p", help: "Publish a container's port(s) to the host" },
  publishAll: { type: "bool", short: "P", help: "Publish all exposed ports to random ports" },
} as const satisfies FlagSpecs;

type Flags = FlagValues<typeof networkFlags>;

/** A network that is always there, or another container's: no name of the user's making. */
const MODE = /^(bridge|default|host|none|container:.*)$/s;

/** What they ask for. */
export function networkOptions(flags: Flags): {
  config: Partial<ContainerConfig>;
  hostConfig: HostConfig;
  networkingConfig: NetworkingConfig;
} {
  const networks = networksOf(flags);
  const [{ name: mode }] = networks;
  const { bindings, exposed } = parsePublish(flags.publish);
  const ExposedPorts = { ...exposed, ...parseExpose(flags.expose) };
  const hasPorts = Object.keys(ExposedPorts).length > 0;
  const places = networks.map(({ name, endpoint }) => [name, endpoint] as const);
  return {
    config: {
      ...(hasPorts && { ExposedPorts }),
      ...(flags.macAddress && { MacAddress: checkMac(flags.macAddress) }),
    },
    hostConfig: {
      NetworkMode: mode,
      PortBindings: bindings,
      PublishAllPorts: flags.publishAll,
      ExtraHosts: flags.addHost,
      Dns: flags.dns,
      DnsSearch: flags.dnsSearch,
      DnsOptions: flags.dnsOption,
      ...(MODE.test(mode) && { Links: flags.link.map(checkLink) }),
    },
    networkingConfig: mode.startsWith("container:")
      ? {}
      : { EndpointsConfig: Object.fromEntries(places) },
  };
}

interface AskedNetwork {
  readonly name: string;
  readonly endpoint: EndpointConfig;
}

/** The first gets what is asked for by flags of its own. */
function networksOf(flags: Flags): [AskedNetwork, ...AskedNetwork[]] {
  const [first, ...more] = flags.network.map(parseNetwork);
  const { name, endpoint } = first ?? { name: "bridge", endpoint: {} };
  const all = [{ name, endpoint: { ...endpoint, ...endpointOf(flags, name) } }, ...more] as const;
  if (
    all.length > 1 &&
    all.some((one) => MODE.test(one.name)) &&
    !all.every((one) => MODE.test(one.name))
  )
    fail(
      "invalid-argument",
      "conflicting options: cannot attach both user-defined and non-user-defined network-modes",
    );
  return [...all];
}

function endpointOf(flags: Flags, network: string): EndpointConfig {
  const { ip: IPv4Address, ip6: IPv6Address, networkAlias, linkLocalIp, link } = flags;
  const asked = IPv4Address || IPv6Address || linkLocalIp.length > 0;
  const LinkLocalIPs = linkLocalIp.length > 0 ? { LinkLocalIPs: linkLocalIp } : {};
  const addresses = { ...(IPv4Address && { IPv4Address }), ...(IPv6Address && { IPv6Address }) };
  return {
    ...(asked && { IPAMConfig: { ...addresses, ...LinkLocalIPs } }),
    ...(networkAlias.length > 0 && { Aliases: networkAlias }),
    ...(link.length > 0 && !MODE.test(network) && { Links: link.map(checkLink) }),
  };
}

/** `NAME`, or `name=NAME,alias=A,ip=ADDRESS,ip6=ADDRESS,mac-address=MAC,driver-opt=KEY=VALUE`. */
function parseNetwork(text: string): AskedNetwork {
  if (!text.includes("=") || text.startsWith("container:"))
    return { name: text === "default" ? "bridge" : text, endpoint: {} };
  const fields = splitFields(text).map((field) => {
    const at = field.indexOf("=");
    if (at < 0) failNetwork(text, `invalid field ${field}`);
    return [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim()] as const;
  });
  const valuesOf = (key: string) =>
    fields.flatMap(([name, value]) => (name === key ? [value] : []));
  const unknown = fields.find(([key]) => !FIELDS.includes(key));
  if (unknown) failNetwork(text, `invalid field key ${unknown[0]}`);
  const [name = failNetwork(text, "network name/id is not specified")] = valuesOf("name");
  const [IPv4Address] = valuesOf("ip");
  const [IPv6Address] = valuesOf("ip6");
  const [MacAddress] = valuesOf("mac-address");
  const addresses = { ...(IPv4Address && { IPv4Address }), ...(IPv6Address && { IPv6Address }) };
  const [aliases, options] = [valuesOf("alias"), valuesOf("driver-opt").map(splitOption)];
  return {
    name,
    endpoint: {
      ...((IPv4Address || IPv6Address) && { IPAMConfig: addresses }),
      ...(aliases.length > 0 && { Aliases: aliases }),
      ...(MacAddress && { MacAddress: checkMac(MacAddress) }),
      ...(options.length > 0 && { DriverOpts: Object.fromEntries(options) }),
    },
  };
}

function splitOption(text: string): [key: string, value: string] {
  const [key = "", ...value] = text.split("=");
  return [key, value.join("=")];
}

function failNetwork(text: string, why: string): never {
  return fail(
    "invalid-argument",
    `invalid argument ${JSON.stringify(text)} for "--network" flag: ${why}`,
  );
}

function checkMac(text: string): string {
  if (/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) return text;
  return fail("invalid-argument", `${text} is not a valid mac address`);
}

/** `CONTAINER[:ALIAS]` */
export function checkLink(text: string): string {
  const parts = text.split(":");
  if (parts.length > 2 || parts[0] === "")
    fail(
      "invalid-argument",
      `invalid argument ${JSON.stringify(text)} for "--link" flag: bad format for links: ${text}`,
    );
  return text;
}
