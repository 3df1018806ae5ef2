import { readFileSync } from "node:fs";
import { findTool, runTool } from "#kernel";
import { chainMentions, chainPolicy, hasTable } from "./netlink/netfilter.ts";
import { Family, openNetlink } from "./netlink/socket.ts";

/** What a bridge needs of the packet filter. */
export interface FirewallOptions {
  /** Our own nftables table, `ip NAME`. */
  readonly table: string;
  readonly bridge: string;
  readonly subnet: string;
}

type Rule = readonly string[];

/** Whether our table is there: somebody may have flushed the whole ruleset. */
export function hasFirewall(table: string): boolean {
  using netfilter = openNetlink(Family.netfilter);
  return hasTable(netfilter, table);
}

/**
 * Makes our table anew, in one transaction: what leaves the bridge's network for elsewhere
 * takes the host's address. No table of anybody else is touched.
 */
export async function writeFirewall({ table, bridge, subnet }: FirewallOptions): Promise<void> {
  const input = `table ip ${table} {}
delete table ip ${table}
table ip ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet} oifname != "${bridge}" masquerade
  }
}
`;
  await runTool(["nft", "-f", "-"], { input });
}

/**
 * Lets the bridge's packets through where somebody else drops what is forwarded (Docker sets
 * that policy, and a verdict of our own table cannot lift it): into DOCKER-USER, the chain Docker
 * keeps for others, or to the head of FORWARD. Two rules that name our bridge; a look by netlink
 * tells that nothing is to do.
 */
export async function openForwarding(bridge: string): Promise<void> {
  const chain = forwardChain(bridge);
  if (chain !== undefined) await insertRules("iptables-nft", chain, bridge);
  if (usesLegacyTables()) await openLegacyForwarding(bridge);
}

/** Takes away our table and the rules of {@link openForwarding}. */
export async function removeFirewall(table: string, bridge: string): Promise<void> {
  await runTool(["nft", "-f", "-"], { input: `table ip ${table} {}\ndelete table ip ${table}\n` });
  const tools = [...(mentioned(bridge) ? ["iptables-nft"] : [])];
  if (usesLegacyTables()) tools.push("iptables-legacy");
  for (const tool of tools) {
    for (const chain of ["DOCKER-USER", "FORWARD"]) {
      for (const rule of acceptRules(bridge)) await attempt(tool, ["-D", chain, ...rule]);
    }
  }
}

/** The chain that needs our rules and does not have them. */
function forwardChain(bridge: string): string | undefined {
  using netfilter = openNetlink(Family.netfilter);
  if (chainPolicy(netfilter, "filter", "FORWARD") !== "drop") return undefined;
  const hasUserChain = chainPolicy(netfilter, "filter", "DOCKER-USER") !== undefined;
  const chain = hasUserChain ? "DOCKER-USER" : "FORWARD";
  return chainMentions(netfilter, "filter", chain, bridge) ? undefined : chain;
}

function mentioned(bridge: string): boolean {
  using netfilter = openNetlink(Family.netfilter);
  return ["DOCKER-USER", "FORWARD"].some((chain) =>
    chainMentions(netfilter, "filter", chain, bridge),
  );
}

async function openLegacyForwarding(bridge: string): Promise<void> {
  const { stdout } = await runTool([iptables("iptables-legacy"), "-w", "-S"]);
  const chain = stdout.includes("-N DOCKER-USER") ? "DOCKER-USER" : "FORWARD";
  const isOpen = stdout.includes(`-A ${chain} -i ${bridge} `);
  if (stdout.includes("-P FORWARD DROP") && !isOpen)
    await insertRules("iptables-legacy", chain, bridge);
}

async function insertRules(tool: string, chain: string, bridge: string): Promise<void> {
  for (const rule of acceptRules(bridge))
    await runTool([iptables(tool), "-w", "-I", chain, ...rule]);
}

function acceptRules(bridge: string): Rule[] {
  const answers = ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"];
  return [
    ["-o", bridge, ...answers, "-j", "ACCEPT"],
    ["-i", bridge, "-j", "ACCEPT"],
  ];
}

/** A rule that is not there to delete is no failure. */
async function attempt(tool: string, args: readonly string[]): Promise<void> {
  await runTool([iptables(tool), "-w", ...args]).catch(() => undefined);
}

function iptables(tool: string): string {
  return findTool(tool) ?? "iptables";
}

/** Reading the file loads nothing; it is absent where the old packet filter was never used. */
function usesLegacyTables(): boolean {
  try {
    return readFileSync("/proc/net/ip_tables_names", "utf8").split("\n").includes("filter");
  } catch {
    return false;
  }
}
