import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import {
  isAlive,
  lockFile,
  processStart,
  readDescriptor,
  requireTool,
  spawnProcess,
} from "#kernel";

/** In the runtime directory: where slirp4netns takes requests. */
export const SLIRP_SOCKET = "slirp4netns.sock";
const DEVICE = "tap0";
/** The process, once it is at work. */
const RECORD = "slirp4netns";
export const SLIRP_LOG = "slirp4netns.log";
const TUN = "/dev/net/tun";
/** Large packets, as nothing is between it and the containers. */
const MTU = 65520;
const READY_FD = 3;

/**
 * Connects the network namespace at `path` with the outside, unless that is so: one slirp4netns
 * serves all containers, and takes requests by a socket in `directory`. Says whether it was started now. Fails with
 * `failed-precondition` when it is not installed, or the system does not let users have it.
 */
export async function ensureSlirp(directory: string, path: string): Promise<boolean> {
  if (isAtWork(directory)) return false;
  await using _ = await lockFile(join(directory, `${RECORD}.lock`), "exclusive");
  if (isAtWork(directory)) return false;
  await startSlirp(directory, path);
  return true;
}

function isAtWork(directory: string): boolean {
  try {
    const { pid, start } = JSON.parse(readFileSync(join(directory, RECORD), "utf8"));
    return isAlive(pid, start);
  } catch {
    return false;
  }
}

/** Its socket's path is relative: an address of a socket has room for some 100 bytes only. */
async function startSlirp(directory: string, path: string): Promise<void> {
  for (const name of [SLIRP_SOCKET, SLIRP_LOG]) rmSync(join(directory, name), { force: true });
  const log = openSync(join(directory, SLIRP_LOG), "a", 0o600);
  const child = spawnProcess([requireTool("slirp4netns"), ...slirpArguments(path)], {
    cwd: directory,
    stdout: log,
    stderr: log,
    extra: ["pipe"],
    detached: true,
  });
  closeSync(log);
  for await (const _ of readDescriptor(child.extra[0]!)) return writeRecord(directory, child.pid);
  failSlirp(readFileSync(join(directory, SLIRP_LOG), "utf8").trim());
}

function failSlirp(said: string): never {
  const advice = said.includes(TUN) ? `; let users open it with "chmod 666 ${TUN}" as root` : "";
  return fail(
    "failed-precondition",
    `slirp4netns could not connect the containers' network${advice} (${said})`,
  );
}

function slirpArguments(path: string): string[] {
  // Not --disable-host-loopback: answers of UDP ports would be lost. The packet filter does that.
  const guards = ["--enable-sandbox", "--enable-seccomp"];
  const places = [`--api-socket=${SLIRP_SOCKET}`, `--ready-fd=${READY_FD}`];
  return ["--configure", `--mtu=${MTU}`, ...guards, ...places, "--netns-type=path", path, DEVICE];
}

function writeRecord(directory: string, pid: number): void {
  const file = join(directory, RECORD);
  writeFileSync(`${file}.new`, JSON.stringify({ pid, start: processStart(pid) }));
  renameSync(`${file}.new`, file);
}
