import { ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { openSocket } from "./network-namespace.ts";
import { checked, lazyLibc } from "./system-call.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
/** What the kernel fills at most for one read of a dump. */
const RECEIVE_SIZE = 32 * 1024;

const libc = lazyLibc({
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
});

/** A netlink(7) socket. It belongs for good to the network namespace it was opened in. */
export class NetlinkSocket implements Disposable {
  readonly #fd: number;

  /** `family` is the netlink family; the namespace is the one that is worked in. */
  constructor(family: number) {
    this.#fd = openSocket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);
  }

  send(bytes: Uint8Array): void {
    checked(libc().send(this.#fd, ptr(bytes), bytes.length, 0), () => "send to netlink");
  }

  /** One datagram; blocks until there is one. */
  receive(): Buffer {
    const buffer = Buffer.alloc(RECEIVE_SIZE);
    const received = libc().recv(this.#fd, ptr(buffer), buffer.length, 0);
    return buffer.subarray(
      0,
      checked(received, () => "read from netlink"),
    );
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
