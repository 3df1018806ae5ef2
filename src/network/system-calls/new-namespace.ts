import { dlopen } from "bun:ffi";
import { closeSync, openSync } from "node:fs";
import { fail } from "#errors";

const CLONE_NEWNET = 0x40000000;

/** The calling thread's own namespace: the threads of a process may be in several. */
export const OWN_NETWORK_NAMESPACE = "/proc/thread-self/ns/net";

/**
 * Runs `work` in a new network namespace and comes back. Only the calling thread goes there, so
 * `work` must not wait; what it opens there stays there. Fails with `permission-denied`.
 */
export function inNewNetworkNamespace<T>(work: () => T): T {
  const libc = openLibc();
  const home = openSync(OWN_NETWORK_NAMESPACE, "r");
  try {
    if (libc.unshare(CLONE_NEWNET) !== 0)
      fail("permission-denied", "cannot make a network namespace: it takes CAP_SYS_ADMIN");
    try {
      return work();
    } finally {
      if (libc.setns(home, CLONE_NEWNET) !== 0)
        fail("internal", "cannot go back to the host's network namespace");
    }
  } finally {
    closeSync(home);
  }
}

function openLibc() {
  return dlopen("libc.so.6", {
    unshare: { args: ["i32"], returns: "i32" },
    setns: { args: ["i32", "i32"], returns: "i32" },
  }).symbols;
}
