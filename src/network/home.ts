import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  findTool,
  homeNetworkOf,
  inNetworkNamespace,
  inUserNamespace,
  runTool,
  type ToolOptions,
} from "#kernel";

/** An ordinary user's network namespace, with the directory that it is bound in. */
interface Home {
  readonly path: string;
  readonly directory: string;
}

/** What slirp4netns(1) is in the namespace, where it answers for names, and who its guest is. */
export const SLIRP = {
  subnet: "10.0.2.0/24",
  nameserver: "10.0.2.3",
  guest: "10.0.2.100",
} as const;
/** Every store of the machine takes this lock to choose a subnet. */
const CHOICE_LOCK = "/run/shale/network.lock";

let home: Home | undefined;

/**
 * Says where the bridges are to be: for root that is the system's own network, for an ordinary
 * user the one that is kept beside the store's runtime directory.
 */
export function chooseHome(directory: string): void {
  const path = homeNetworkOf(directory);
  home = inUserNamespace() && existsSync(path) ? { path, directory } : undefined;
}

/** Whether bridges can be made at all: not by root of somebody else's user namespace. */
export function hasHome(): boolean {
  return home !== undefined || !inUserNamespace();
}

/** Whether the bridges are in a network of the user's own, behind slirp4netns. */
export function isBehindSlirp(): boolean {
  return home !== undefined;
}

/**
 * Runs `work` where the bridges are: in the host's network for root. It must not wait; sockets
 * that it opens stay there.
 */
export function inHome<T>(work: () => T): T {
  return home === undefined ? work() : inNetworkNamespace(home.path, work);
}

/** What makes a command line run where the bridges are, put before it. */
export function homePrefix(): string[] {
  return home === undefined ? [] : [findTool("nsenter") ?? "nsenter", `--net=${home.path}`, "--"];
}

/** Runs a program there, to its end. */
export function runInHome([program = "", ...argv]: readonly string[], options: ToolOptions = {}) {
  return runTool([...homePrefix(), findTool(program) ?? program, ...argv], options);
}

/** The file that is locked while subnets are chosen for bridges in the same place. */
export function choiceLock(): string {
  return home === undefined ? CHOICE_LOCK : join(home.directory, "network.lock");
}

/**
 * Sees to it that the bridges have a way out: for an ordinary user a slirp4netns at work. Says
 * whether it had to be started, and therefore knows of no ports.
 */
export async function openHome(): Promise<boolean> {
  if (home === undefined) return false;
  const { ensureSlirp } = await import("./slirp/slirp4netns.ts");
  return await ensureSlirp(home.directory, home.path);
}
