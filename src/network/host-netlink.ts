import { inHome } from "./home.ts";
import { Family, type Netlink, openNetlink } from "./netlink/socket.ts";

/** Links, addresses and routes of the host. */
export function openHostLinks(): Netlink {
  return inHome(() => openNetlink(Family.route));
}

/** The host's packet filter. */
export function openHostFirewall(): Netlink {
  return inHome(() => openNetlink(Family.netfilter));
}
