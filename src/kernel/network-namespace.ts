import { closeSync, openSync } from "node:fs";
import { checked, lazyLibc } from "./system-call.ts";

const CLONE_NEWNET = 0x40000000;

/** The calling thread's own namespace: the threads of a process may be in several. */
export const OWN_NETWORK_NAMESPACE = "/proc/thread-self/ns/net";

const libc = lazyLibc({
  unshare: { args: ["i32"], returns: "i32" },
  setns: { args: ["i32", "i32"], returns: "i32" },
});

/**
 * Runs `work` in a new network namespace and comes back. Only the calling thread goes there, so
 * `work` must not wait; what it opens there stays there. Fails with `permission-denied`.
 */
export function inNewNetworkNamespace<T>(work: () => T): T {
  const home = openSync(OWN_NETWORK_NAMESPACE, "r");
  try {
    checked(libc().unshare(CLONE_NEWNET), () => "make a network namespace");
    try {
      return work();
    } finally {
      checked(libc().setns(home, CLONE_NEWNET), () => "go back to the host's network namespace");
    }
  } finally {
    closeSync(home);
  }
}
