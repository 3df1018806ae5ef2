import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { fail } from "#errors";

const LOCAL_NAMES = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;
const HOST_GATEWAY = "host-gateway";

export interface HostsOptions {
  readonly hostname: string;
  /** The container's own addresses; without one it has no name of its own. */
  readonly addresses?: readonly string[];
  /** Lines for containers it is linked with. */
  readonly linked?: readonly string[];
  /** `NAME:ADDRESS` or `NAME=ADDRESS`, in the user's order. */
  readonly extra?: readonly string[];
  /** What the address `host-gateway` stands for. */
  readonly gateway?: string;
  /** Whether the container shares the host's network, and so its names. */
  readonly shareHost?: boolean;
}

/** The text of a container's hosts(5) file, as Docker lays it out. */
export function containerHosts(options: HostsOptions): string {
  const lines = (options.extra ?? []).map((entry) => formatExtra(entry, options.gateway));
  lines.push(...(options.linked ?? []));
  for (const address of options.addresses ?? []) lines.push(ownLine(address, options.hostname));
  const base = options.shareHost ? hostFile() : LOCAL_NAMES;
  return base + lines.map((line) => `${line}\n`).join("");
}

/** Checks one `--add-host`; fails with `invalid-argument` in Docker's words. */
export function checkExtraHost(entry: string): void {
  const [name, address] = splitExtra(entry);
  if (name === "" || address === undefined)
    fail("invalid-argument", `bad format for add-host: "${entry}"`);
  if (address !== HOST_GATEWAY && isIP(address) === 0)
    fail("invalid-argument", `invalid IP address in add-host: "${address}"`);
}

/** The line for one of the container's addresses: a name with a domain is also known without it. */
export function ownLine(address: string, hostname: string): string {
  const dot = hostname.indexOf(".");
  return `${address}\t${dot > 0 ? `${hostname} ${hostname.slice(0, dot)}` : hostname}`;
}

function formatExtra(entry: string, gateway: string | undefined): string {
  checkExtraHost(entry);
  const [name, address] = splitExtra(entry);
  if (address !== HOST_GATEWAY) return `${address}\t${name}`;
  if (gateway === undefined)
    fail("failed-precondition", `${HOST_GATEWAY} has no address without a bridge network`);
  return `${gateway}\t${name}`;
}

/** The name ends at the first `=`, else at the first colon; brackets around IPv6 are optional. */
function splitExtra(entry: string): [name: string, address: string | undefined] {
  const end = entry.includes("=") ? entry.indexOf("=") : entry.indexOf(":");
  if (end < 0) return [entry, undefined];
  return [entry.slice(0, end), entry.slice(end + 1).replace(/^\[(.*)\]$/, "$1")];
}

function hostFile(): string {
  try {
    return readFileSync("/etc/hosts", "utf8");
  } catch {
    return LOCAL_NAMES;
  }
}
