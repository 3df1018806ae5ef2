import { readFileSync } from "node:fs";
import { findTool } from "#kernel";
import { runInHome } from "./home.ts";
import { openHostFirewall } from "./host-netlink.ts";
import { chainMentions, chainPolicy } from "./netlink/netfilter.ts";

type Rule = readonly string[];
type Version = 4 | 6;

/** What the packet filter of each protocol is called: its tools, family and list of old tables. */
const FILTER = {
  4: { family: "ip", tool: "iptables", oldTables: "/proc/net/ip_tables_names" },
  6: { family: "ip6", tool: "ip6tables", oldTables: "/proc/net/ip6_tables_names" },
} as const;
const USER_CHAIN = "DOCKER-USER";
const CHAINS = [USER_CHAIN, "FORWARD", "INPUT"];

/**
 * Lets the bridge's packets through where somebody else drops what is forwarded (Docker sets
 * that policy, and a verdict of our own table cannot lift it): into DOCKER-USER, the chain Docker
 * keeps for others, or to the head of FORWARD; and questions for names where what comes in is
 * dropped. Rules that name our bridge; a look by netlink tells that nothing is to do.
 */
export async function openForwarding(bridge: string, version: Version = 4): Promise<void> {
  const { tool } = FILTER[version];
  for (const chain of closedChains(bridge, version))
    await insertRules(`${tool}-nft`, chain, bridge);
  if (usesOldTables(version)) await openOldTables(bridge, version);
}

/** Takes away the rules of {@link openForwarding}. */
export async function closeForwarding(bridge: string, version: Version = 4): Promise<void> {
  const { tool } = FILTER[version];
  const tools = [...(mentioned(bridge, version) ? [`${tool}-nft`] : [])];
  if (usesOldTables(version)) tools.push(`${tool}-legacy`);
  for (const name of tools)
    for (const chain of CHAINS)
      for (const rule of acceptRules(chain, bridge)) await attempt(name, ["-D", chain, ...rule]);
}

/** The chains that need our rules and do not have them. */
function closedChains(bridge: string, version: Version): string[] {
  const { family } = FILTER[version];
  using netfilter = openHostFirewall();
  const policy = (chain: string) => chainPolicy(netfilter, family, "filter", chain);
  const hasUserChain = policy("FORWARD") === "drop" && policy(USER_CHAIN) !== undefined;
  const forward = hasUserChain ? USER_CHAIN : "FORWARD";
  return [
    ...(policy("FORWARD") === "drop" ? [forward] : []),
    ...(policy("INPUT") === "drop" ? ["INPUT"] : []),
  ].filter((chain) => !chainMentions(netfilter, family, "filter", chain, bridge));
}

function mentioned(bridge: string, version: Version): boolean {
  using netfilter = openHostFirewall();
  return CHAINS.some((chain) =>
    chainMentions(netfilter, FILTER[version].family, "filter", chain, bridge),
  );
}

async function openOldTables(bridge: string, version: Version): Promise<void> {
  const tool = `${FILTER[version].tool}-legacy`;
  const { stdout } = await runInHome([toolPath(tool), "-w", "-S"]);
  const forward = stdout.includes(`-N ${USER_CHAIN}`) ? USER_CHAIN : "FORWARD";
  for (const [policy, chain] of [["FORWARD", forward] as const, ["INPUT", "INPUT"] as const]) {
    const isOpen = stdout.includes(`-A ${chain} -i ${bridge} `);
    if (stdout.includes(`-P ${policy} DROP`) && !isOpen) await insertRules(tool, chain, bridge);
  }
}

async function insertRules(tool: string, chain: string, bridge: string): Promise<void> {
  for (const rule of acceptRules(chain, bridge))
    await runInHome([toolPath(tool), "-w", "-I", chain, ...rule]);
}

function acceptRules(chain: string, bridge: string): Rule[] {
  if (chain === "INPUT")
    return [["-i", bridge, "-p", "udp", "-m", "udp", "--dport", "53", "-j", "ACCEPT"]];
  const answers = ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED,DNAT"];
  return [
    ["-o", bridge, ...answers, "-j", "ACCEPT"],
    ["-i", bridge, "-j", "ACCEPT"],
  ];
}

/** A rule that is not there to delete is no failure. */
async function attempt(tool: string, args: readonly string[]): Promise<void> {
  await runInHome([toolPath(tool), "-w", ...args]).catch(() => undefined);
}

/** `iptables-nft` and `-legacy`; where a system has one kind only, it is called `iptables`. */
function toolPath(tool: string): string {
  return findTool(tool) ?? tool.replace(/-.*/, "");
}

/** Reading the file loads nothing; it is absent where the old packet filter was never used. */
function usesOldTables(version: Version): boolean {
  try {
    return readFileSync(FILTER[version].oldTables, "utf8").split("\n").includes("filter");
  } catch {
    return false;
  }
}
