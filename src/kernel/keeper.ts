import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, messageOf } from "#errors";
import { lockFile } from "./lock.ts";
import { bootId, isAlive, processStart } from "./process.ts";
import { replaceProcess } from "./replace-process.ts";
import { type Child, spawnProcess } from "./spawn.ts";
import { requireTool } from "./tool.ts";
import { failUserNamespace, newNamespacesCommand } from "./user-namespace.ts";

/**
 * A tiny process of an ordinary user that keeps the namespaces in which all of shale's work on
 * one store is done: a user namespace with the subordinate ids, mounts, and a network.
 */
export interface Keeper {
  readonly pid: number;
  /** With the pid it names the process for good. */
  readonly start: number;
  readonly boot: string;
  /** As /proc/PID/ns/user links to it: `user:[4026532001]`. */
  readonly userNamespace: string;
  /** Where all processes keep what lives as long as it; chosen by the first of them. */
  readonly runtimeDirectory: string;
}

export interface KeeperPlaces {
  /** The store. */
  readonly root: string;
  readonly runtimeDirectory: string;
}

/**
 * In the store, and so found whatever the environment of a session is; and in the runtime
 * directory, for when the store was removed and another one is at its place.
 */
const RECORD = "keeper";
const LOCK = "keeper.lock";
/** In the runtime directory: the network namespace that is kept, bound to a file. */
const HOME = "network";
const WAIT = 'mount --bind /proc/self/ns/net "$0" && echo && exec sleep infinity >/dev/null 2>&1';
const PAUSE_MS = 5;

/** The network namespace of the keeper, as its mounts show it. */
export function homeNetworkOf(runtimeDirectory: string): string {
  return join(runtimeDirectory, HOME);
}

/**
 * The keeper of a store, started when there is none. Where one was killed, or its directory is
 * gone with the user's last session, all that is left of its namespaces is ended first: nobody
 * can come to it any more, just as after a reboot.
 */
export async function ensureKeeper(places: KeeperPlaces): Promise<Keeper> {
  return findKeeper(places) ?? (await makeKeeper(places));
}

/** Replaces this process by a program inside of the kept user and mount namespaces. */
export function enterKeeper(
  { pid }: Keeper,
  argv: readonly string[],
  options: { directory: string; environment: Readonly<Record<string, string | undefined>> },
): never {
  const target = ["--preserve-credentials", "-U", "-m", "-t", String(pid)];
  const entry = [requireTool("nsenter"), ...target, `--wdns=${options.directory}`, "--"];
  return replaceProcess([...entry, ...argv], options.environment);
}

function findKeeper(places: KeeperPlaces): Keeper | undefined {
  const keeper = readRecord(places.root);
  return keeper !== undefined && isWhole(keeper, places) ? keeper : undefined;
}

function readRecord(directory: string): Keeper | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, RECORD), "utf8"));
  } catch {
    return undefined;
  }
}

/** A copy of a store has the record of another one's keeper: the directory's name tells. */
function isWhole(keeper: Keeper, { runtimeDirectory }: KeeperPlaces): boolean {
  return (
    basename(keeper.runtimeDirectory) === basename(runtimeDirectory) &&
    isAlive(keeper.pid, keeper.start) &&
    keeper.boot === bootId() &&
    existsSync(homeNetworkOf(keeper.runtimeDirectory))
  );
}

async function makeKeeper(places: KeeperPlaces): Promise<Keeper> {
  const { root, runtimeDirectory } = places;
  makeDirectory(root);
  await using _ = await lockFile(join(root, LOCK), "exclusive");
  const found = findKeeper(places);
  if (found !== undefined) return found;
  const command = newNamespacesCommand();
  await endLeftovers(places);
  rmSync(runtimeDirectory, { recursive: true, force: true });
  makeDirectory(runtimeDirectory, 0o700);
  const keeper = await startKeeper(command, runtimeDirectory);
  for (const directory of [root, runtimeDirectory]) writeRecord(directory, keeper);
  return keeper;
}

function makeDirectory(path: string, mode = 0o711): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    const advice = "use another --root, or set HOME or XDG_RUNTIME_DIR to a directory of yours";
    fail("permission-denied", `cannot make ${path}: ${messageOf(error)}; ${advice}`, error);
  }
}

async function startKeeper(command: readonly string[], runtimeDirectory: string): Promise<Keeper> {
  const home = homeNetworkOf(runtimeDirectory);
  writeFileSync(home, "");
  const child = spawnProcess([...command, "/bin/sh", "-c", WAIT, home], {
    detached: true,
    cwd: "/",
  });
  const { pid } = child;
  if (!(await saysReady(child))) {
    rmSync(home);
    failUserNamespace(await new Response(child.stderr as unknown as ReadableStream).text());
  }
  const userNamespace = readlinkSync(`/proc/${pid}/ns/user`);
  return { pid, start: processStart(pid) ?? 0, boot: bootId(), userNamespace, runtimeDirectory };
}

async function saysReady(child: Child): Promise<boolean> {
  const said = child.stdout![Symbol.asyncIterator]().next();
  const first = await Promise.race([said, child.exited]);
  if ("done" in first && !first.done) return true;
  // unshare(1) leaves its own helper behind when it fails, with the same pipes.
  kill(-child.pid);
  return false;
}

function writeRecord(directory: string, keeper: Keeper): void {
  const path = join(directory, RECORD);
  writeFileSync(`${path}.new`, JSON.stringify(keeper), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Its processes are ended from outside: as the owner of a namespace a user may end all in it. */
async function endLeftovers({ root, runtimeDirectory }: KeeperPlaces): Promise<void> {
  const record = readRecord(root) ?? readRecord(runtimeDirectory);
  if (record?.boot !== bootId()) return;
  const { pid, start, userNamespace } = record;
  if (isAlive(pid, start)) kill(pid);
  const left = () => leftIn(userNamespace, basename(runtimeDirectory));
  for (let pids = left(); pids.length > 0; pids = left()) {
    for (const pid of pids) kill(pid);
    await sleep(PAUSE_MS);
  }
}

/**
 * The number of a namespace may be another one's by now, of a browser's say: what is ours shows
 * the store's own name among its mounts, or was called with it.
 */
function leftIn(userNamespace: string, store: string): number[] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      if (readlinkSync(`/proc/${pid}/ns/user`) !== userNamespace) return false;
      const texts = ["mountinfo", "cmdline"].map((name) =>
        readFileSync(`/proc/${pid}/${name}`, "latin1"),
      );
      return processStart(pid) !== undefined && texts.some((text) => text.includes(store));
    } catch {
      return false;
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
}
