import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { checkLink } from "../session/network-flags.ts";

export default defineCommand({
  usage: "[OPTIONS] NETWORK CONTAINER",
  summary: "Connect a container to a network",
  args: { min: 2, max: 2 },
  flags: {
    alias: { type: "list", help: "Add network-scoped alias for the container", value: "strings" },
    driverOpt: { type: "map", help: "driver options for the network", value: "strings" },
    ip: { type: "string", help: 'IPv4 address (e.g., "172.30.100.104")' },
    ip6: { type: "string", help: 'IPv6 address (e.g., "2001:db8::33")' },
    link: { type: "list", help: "Add link to another container" },
    linkLocalIp: {
      type: "list",
      help: "Add a link-local address for the container",
      value: "strings",
    },
  },
  async run(context: CommandContext, { flags, args: [network = "", name = ""] }): Promise<number> {
    const { alias, driverOpt, ip: IPv4Address, ip6: IPv6Address, link } = flags;
    const addresses = { ...(IPv4Address && { IPv4Address }), ...(IPv6Address && { IPv6Address }) };
    const containers = await (await context.engine()).containers();
    await containers.connect(name, network, {
      ...((IPv4Address || IPv6Address) && { IPAMConfig: addresses }),
      ...(alias.length > 0 && { Aliases: alias }),
      ...(link.length > 0 && { Links: link.map(checkLink) }),
      ...([...driverOpt].length > 0 && { DriverOpts: Object.fromEntries(driverOpt) }),
    });
    return 0;
  },
});
