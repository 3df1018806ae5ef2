import { dlopen, ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { fail } from "#errors";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
/** What the kernel fills at most for one read of a dump. */
const RECEIVE_SIZE = 32 * 1024;

function openLibc() {
  return dlopen("libc.so.6", {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
    recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  }).symbols;
}

let symbols: ReturnType<typeof openLibc> | undefined;

/** A netlink(7) socket. It belongs for good to the network namespace it was opened in. */
export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  readonly #libc: ReturnType<typeof openLibc>;

  /** `protocol` is the netlink family; the namespace is the calling thread's. */
  constructor(protocol: number) {
    symbols ??= openLibc();
    this.#libc = symbols;
    this.#fd = this.#libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (this.#fd < 0) fail("unsupported", `cannot open a netlink socket of family ${protocol}`);
  }

  send(bytes: Uint8Array): void {
    if (Number(this.#libc.send(this.#fd, ptr(bytes), bytes.length, 0)) < 0)
      fail("internal", "cannot send to netlink");
  }

  /** One datagram; blocks until there is one. */
  receive(): Buffer {
    const buffer = Buffer.alloc(RECEIVE_SIZE);
    const length = Number(this.#libc.recv(this.#fd, ptr(buffer), buffer.length, 0));
    if (length < 0) fail("internal", "cannot read from netlink");
    return buffer.subarray(0, length);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
