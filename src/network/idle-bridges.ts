import { readdirSync } from "node:fs";
import { removeFirewall } from "./firewall.ts";
import { tableNames } from "./netlink/netfilter.ts";
import { deleteLink } from "./netlink/route.ts";
import { Family, openNetlink } from "./netlink/socket.ts";

const LINKS = "/sys/class/net";
const DEVICE = /^shale-([0-9a-f]{8})$/;
/** How many stores' bridges may stay for later use: a machine with more of them is testing. */
const MOST_IDLE = 8;

/** The bridge of a store that has been given no name for it. */
export function defaultDevice(storeId: string): string {
  return `shale-${storeId.slice(0, 8)}`;
}

/** The nftables table of a store. */
export function tableOf(storeId: string): string {
  return `shale_${storeId}`;
}

/**
 * Removes bridges that nothing is connected to, when they have become many: stores come and go,
 * and nobody else would. Whose bridge is gone makes it again.
 */
export async function removeIdleBridges(): Promise<void> {
  const idle = readdirSync(LINKS).filter((name) => DEVICE.test(name) && !hasPorts(name));
  if (idle.length <= MOST_IDLE) return;
  const tables = shaleTables();
  for (const device of idle) {
    deleteBridge(device);
    const table = tables.find((name) => name.startsWith(tableOf(DEVICE.exec(device)![1]!)));
    if (table !== undefined) await removeFirewall(table, device);
  }
}

/** Removes the bridge's link; containers still on it lose their network. */
export function deleteBridge(device: string): void {
  using netlink = openNetlink(Family.route);
  netlink.execute([deleteLink(device)]);
}

function hasPorts(device: string): boolean {
  try {
    return readdirSync(`${LINKS}/${device}/brif`).length > 0;
  } catch {
    return true;
  }
}

function shaleTables(): string[] {
  using netfilter = openNetlink(Family.netfilter);
  return tableNames(netfilter);
}
