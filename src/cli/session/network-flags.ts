import type { ContainerConfig, HostConfig, NetworkingConfig } from "#container";
import type { FlagSpecs, FlagValues } from "../flags/index.ts";

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

/** What they ask for. */
export function networkOptions(flags: FlagValues<typeof networkFlags>): {
  config: Partial<ContainerConfig>;
  hostConfig: HostConfig;
  networkingConfig: NetworkingConfig;
} {
  const [network = "bridge"] = flags.network;
  return {
    config: {},
    hostConfig: {
      NetworkMode: network === "default" ? "bridge" : network,
      ExtraHosts: flags.addHost,
      Dns: flags.dns,
      DnsSearch: flags.dnsSearch,
      DnsOptions: flags.dnsOption,
    },
    networkingConfig: {},
  };
}
