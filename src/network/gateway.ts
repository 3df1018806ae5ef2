import { parseAddress } from "./address.ts";
import { addDefaultRoute, deleteDefaultRoute } from "./netlink/route.ts";
import type { Request } from "./netlink/socket.ts";
import type { Endpoint } from "./network.ts";

type Endpoints = Readonly<Record<string, Endpoint>>;

/** The endpoint that packets for elsewhere leave by: as in Docker, the first by network name. */
export function chooseWay(endpoints: Endpoints): Endpoint | undefined {
  const names = Object.keys(endpoints).sort();
  return names.map((name) => endpoints[name]!).find(({ gateway }) => gateway !== "");
}

/** What sets the default routes, of IPv4 and of IPv6, and what takes them away. */
export function wayOf(endpoints: Endpoints): { add: Request[]; remove: Request[] } {
  const way6 = Object.values(endpoints).find(({ gateway6 }) => gateway6);
  const gateways = [chooseWay(endpoints)?.gateway, way6?.gateway6].flatMap((one) => one || []);
  const bytes = gateways.map(parseAddress);
  return { add: bytes.map(addDefaultRoute), remove: bytes.map(deleteDefaultRoute) };
}
