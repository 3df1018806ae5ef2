import { readFileSync } from "node:fs";
import { isIP, isIPv6 } from "node:net";
import { isBehindSlirp, SLIRP } from "./home.ts";

const SYSTEM_FILE = "/etc/resolv.conf";
/** Where systemd-resolved names the servers it forwards to. */
const UPSTREAM_FILE = "/run/systemd/resolve/resolv.conf";
const STUB_ADDRESS = "127.0.0.53";
const PUBLIC_SERVERS = ["8.8.8.8", "8.8.4.4"];

/** What of resolv.conf(5) matters to a container. */
export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

export interface ResolvConfOptions extends Partial<ResolvConf> {
  /** Whether the container shares the host's network, where the host's own resolver answers. */
  readonly shareHost?: boolean;
  /** Whether names without a dot are asked for as they are: others of the network have such. */
  readonly ndots?: boolean;
}

/**
 * The text of a container's resolv.conf. Resolvers on the host's loopback cannot be reached from
 * inside: they give way to the servers behind them, else to slirp4netns or public ones, as with
 * Docker.
 */
export function containerResolvConf(options: ResolvConfOptions = {}, read = readText): string {
  const host = hostResolvConf(options.shareHost ?? false, read);
  const chosen = options.options ?? host.options;
  return formatResolvConf({
    nameservers: options.nameservers ?? host.nameservers,
    search: options.search ?? host.search,
    options: options.ndots ? withNdots(chosen) : chosen,
  });
}

function withNdots(options: readonly string[]): readonly string[] {
  return options.some((option) => option.startsWith("ndots:")) ? options : [...options, "ndots:0"];
}

/** The name servers that the host itself asks. */
export function hostNameservers(): readonly string[] {
  return parseResolvConf(readText(SYSTEM_FILE)).nameservers;
}

export function parseResolvConf(text: string): ResolvConf {
  const lines = text.split("\n").map((line) => line.replace(/[#;].*/, "").trim());
  const words = lines.filter(Boolean).map((line) => line.split(/\s+/));
  const valuesOf = (keyword: string) =>
    words.filter(([first]) => first === keyword).map((line) => line.slice(1));
  return {
    nameservers: valuesOf("nameserver").flatMap((values) => values.slice(0, 1)),
    search: valuesOf("search").at(-1) ?? valuesOf("domain").at(-1) ?? [],
    options: valuesOf("options").flat(),
  };
}

export function formatResolvConf({ nameservers, search, options }: ResolvConf): string {
  const lines = nameservers.map((server) => `nameserver ${server}`);
  // A dot alone stands for none, not even the host's.
  if (search.length > 0 && search.join() !== ".") lines.push(`search ${search.join(" ")}`);
  if (options.length > 0) lines.push(`options ${options.join(" ")}`);
  return lines.map((line) => `${line}\n`).join("");
}

function hostResolvConf(shareHost: boolean, read: (path: string) => string): ResolvConf {
  const own = parseResolvConf(read(SYSTEM_FILE));
  if (shareHost) return own;
  const behindStub = own.nameservers.length === 1 && own.nameservers[0] === STUB_ADDRESS;
  const upstream = behindStub ? parseResolvConf(read(UPSTREAM_FILE)) : own;
  const reachable = upstream.nameservers.filter(isReachable);
  const others = isBehindSlirp() ? [SLIRP.nameserver] : PUBLIC_SERVERS;
  const nameservers = reachable.length > 0 ? reachable : others;
  return { ...(upstream.nameservers.length > 0 ? upstream : own), nameservers };
}

/** Link-local servers (`fe80::1%eth0`) mean a link of the host's that the container has not. */
function isReachable(server: string): boolean {
  if (isIP(server) === 0 || server.includes("%")) return false;
  return isIPv6(server) ? server !== "::1" : !server.startsWith("127.");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
