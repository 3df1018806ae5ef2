import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { MountFlag, mount } from "./mount.ts";
import type { NetworkThread } from "./network-thread.ts";
import { checked, lazyLibc } from "./system-call.ts";
import { inUserNamespace } from "./user-namespace.ts";

const CLONE_NEWNET = 0x40000000;
/** The calling thread's own namespace: the threads of a process may be in several. */
const OWN = "/proc/thread-self/ns/net";
const SETTINGS = "/proc/sys/net";

const libc = lazyLibc({
  unshare: { args: ["i32"], returns: "i32" },
  setns: { args: ["i32", "i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
});

/** Where the calls below are made for a process that cannot go there itself. */
let elsewhere: string | undefined;
let thread: NetworkThread | undefined;

/**
 * Runs `work` in the network namespace that is bound to the file at `path`, and comes back. It
 * must not wait. For root it is the calling thread that goes; root of a user namespace only could
 * never come back into the system's network, and therefore another thread goes and does what
 * `work` asks for by {@link openSocket}, {@link readNetworkSetting} and
 * {@link writeNetworkSetting}: nothing else is there.
 */
export function inNetworkNamespace<T>(path: string, work: () => T): T {
  if (inUserNamespace()) return withThreadAt(path, work);
  return withOwnThread(() => joinNamespace(path), work);
}

/**
 * Makes a network namespace that is bound to the file at `path`, and runs `inside` in it as
 * {@link inNetworkNamespace} does. Fails with `permission-denied`.
 */
export function bindNewNetworkNamespace<T>(path: string, inside: () => T): T {
  if (inUserNamespace()) {
    networkThread().make(path);
    return withThreadAt(path, inside);
  }
  const make = () => checked(libc().unshare(CLONE_NEWNET), () => "make a network namespace");
  return withOwnThread(make, () => {
    mount(OWN, path, undefined, MountFlag.bind);
    return inside();
  });
}

/** A socket(2) that closes on exec by itself; it belongs for good to the namespace of this moment. */
export function openSocket(domain: number, type: number, protocol: number): number {
  if (elsewhere !== undefined) return networkThread().socket(elsewhere, domain, type, protocol);
  return checked(libc().socket(domain, type, protocol), () => `open a socket of family ${domain}`);
}

/** A setting below /proc/sys/net, such as `ipv4/ip_forward`; undefined where there is none. */
export function readNetworkSetting(name: string): string | undefined {
  const file = `${SETTINGS}/${name}`;
  if (elsewhere !== undefined) return networkThread().read(elsewhere, file)?.trim();
  try {
    return readFileSync(file, "latin1").trim();
  } catch {
    return undefined;
  }
}

/** Fails with what the system says when it cannot be written. */
export function writeNetworkSetting(name: string, value: string): void {
  const file = `${SETTINGS}/${name}`;
  if (elsewhere !== undefined) networkThread().write(elsewhere, file, value);
  else writeFileSync(file, value);
}

function withThreadAt<T>(path: string, work: () => T): T {
  const before = elsewhere;
  elsewhere = path;
  try {
    return work();
  } finally {
    elsewhere = before;
  }
}

function withOwnThread<T>(go: () => unknown, work: () => T): T {
  const home = openSync(OWN, "r");
  try {
    go();
    try {
      return work();
    } finally {
      checked(libc().setns(home, CLONE_NEWNET), () => "go back to the network namespace");
    }
  } finally {
    closeSync(home);
  }
}

function joinNamespace(path: string): void {
  const namespace = openSync(path, "r");
  try {
    checked(libc().setns(namespace, CLONE_NEWNET), () => `enter the network namespace ${path}`);
  } finally {
    closeSync(namespace);
  }
}

/** Loaded by root of a user namespace only. */
function networkThread(): NetworkThread {
  if (thread === undefined) {
    const module = require("./network-thread.ts") as typeof import("./network-thread.ts");
    thread = module.startNetworkThread();
  }
  return thread;
}
