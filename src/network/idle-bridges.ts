import { removeFirewall } from "./firewall.ts";
import { closeForwarding } from "./forwarding.ts";
import { openHostFirewall, openHostLinks } from "./host-netlink.ts";
import { tableNames } from "./netlink/netfilter.ts";
import { deleteLink, type Link, links } from "./netlink/route.ts";
import { tableOf } from "./store-names.ts";

const DEVICE = /^shale-([0-9a-f]{8})$/;
/** How many stores' bridges may stay for later use: a machine with more of them is testing. */
const MOST_IDLE = 8;

/**
 * Removes bridges that nothing is connected to, when they have become many: stores come and go,
 * and nobody else would. Whose bridge is gone makes it again.
 */
export async function removeIdleBridges(): Promise<void> {
  const all = hostLinks();
  const idle = all.filter(({ name, index }) => DEVICE.test(name) && !hasPorts(all, index));
  if (idle.length <= MOST_IDLE) return;
  const tables = shaleTables();
  for (const bridge of idle) {
    await deleteBridge(bridge.name);
    const table = tables.find((name) => name.startsWith(tableOf(DEVICE.exec(bridge.name)![1]!)));
    // Other bridges of the same store need it still.
    if (table !== undefined && !hasSibling(all, bridge)) await removeFirewall(table);
  }
}

/** Removes a bridge and what others' packet filters know of it; containers on it lose their network. */
export async function deleteBridge(device: string): Promise<void> {
  {
    using netlink = openHostLinks();
    netlink.execute([deleteLink(device)]);
  }
  await closeForwarding(device);
  await closeForwarding(device, 6);
}

/** The names of all bridges that are noted with this alias. */
export function bridgesOf(alias: string): string[] {
  return hostLinks().flatMap((link) => (link.alias === alias ? [link.name] : []));
}

function hostLinks(): Link[] {
  using netlink = openHostLinks();
  return links(netlink);
}

function hasPorts(all: readonly Link[], bridge: number): boolean {
  return all.some((link) => link.bridge === bridge);
}

function hasSibling(all: readonly Link[], { index, alias }: Link): boolean {
  return all.some((link) => link.alias === alias && link.index !== index);
}

function shaleTables(): string[] {
  using netfilter = openHostFirewall();
  return tableNames(netfilter);
}
