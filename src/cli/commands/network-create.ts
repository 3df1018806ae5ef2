import type { IpamConfig } from "#network";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { ipamConfigs } from "../session/ipam-flags.ts";
import { checkLabel, labelsOf } from "../session/labels.ts";

export default defineCommand({
  usage: "[OPTIONS] NETWORK",
  summary: "Create a network",
  args: { min: 1, max: 1 },
  flags: {
    attachable: { type: "bool", help: "Enable manual container attachment" },
    auxAddress: {
      type: "map",
      help: "Auxiliary IPv4 or IPv6 addresses used by Network driver",
      value: "map",
    },
    driver: { type: "string", short: "d", default: "bridge", help: "Driver to manage the Network" },
    gateway: { type: "list", help: "IPv4 or IPv6 Gateway for the master subnet", value: "strings" },
    internal: { type: "bool", help: "Restrict external access to the network" },
    ipRange: {
      type: "list",
      help: "Allocate container ip from a sub-range",
      value: "strings",
    },
    ipamDriver: { type: "string", default: "default", help: "IP Address Management Driver" },
    ipamOpt: { type: "map", help: "Set IPAM driver specific options", value: "map" },
    ipv6: { type: "bool", help: "Enable or disable IPv6 networking" },
    label: { type: "list", help: "Set metadata on a network", check: checkLabel },
    opt: { type: "map", short: "o", help: "Set driver specific options", value: "map" },
    subnet: {
      type: "list",
      help: "Subnet in CIDR format that represents a network segment",
      value: "strings",
    },
  },
  async run(context: CommandContext, { flags, args: [Name = ""] }): Promise<number> {
    const { subnet, gateway, ipRange, auxAddress } = flags;
    const Config: IpamConfig[] = ipamConfigs({ subnet, gateway, ipRange, auxAddress });
    const networks = await (await context.engine()).networks();
    const { id, warning } = await networks.create({
      Name,
      Driver: flags.driver,
      Internal: flags.internal,
      Attachable: flags.attachable,
      EnableIPv6: flags.ipv6,
      IPAM: { Driver: flags.ipamDriver, Options: Object.fromEntries(flags.ipamOpt), Config },
      Options: Object.fromEntries(flags.opt),
      Labels: labelsOf(flags.label),
    });
    if (warning) context.stderr.write(`WARNING: ${warning}\n`);
    context.stdout.write(`${id}\n`);
    return 0;
  },
});
