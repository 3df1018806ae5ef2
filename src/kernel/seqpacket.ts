import { ptr } from "bun:ffi";
import { closeSync, constants, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import { checked, failErrno, lastErrno, lazyLibc } from "./system-call.ts";

const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SHUT_WR = 1;
const F_SETFL = 4;
const F_SETOWN = 8;
const O_ASYNC = 0o20000;
const EAGAIN = 11;
const EPIPE = 32;
const ECONNRESET = 104;
/** The signal comes first; the timer is for one that got lost, and keeps the process awake. */
const POLL_MS = 250;
const RETRY_MS = 1;
const CLOSED = -1;

const socketCalls = lazyLibc({
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i64"], returns: "i32" },
});

type SocketCalls = ReturnType<typeof socketCalls>;

/** Connections that have asked the kernel for SIGIO when there is something to read. */
const listening = new Set<() => void>();
let handlesSignal = false;

/**
 * A connected unix socket that keeps packet borders (SOCK_SEQPACKET), which no stream API of the
 * runtime knows. The kernel announces packets by SIGIO, so that no thread has to block.
 */
export class PacketSocket implements Disposable {
  #fd: number;
  readonly #libc: SocketCalls;
  readonly #packet: Uint8Array;
  #wake: (() => void) | undefined;

  /** `largest` is the size of the largest packet to expect: more than that is cut off. */
  constructor(fd: number, libc: SocketCalls, largest: number) {
    this.#fd = fd;
    this.#libc = libc;
    this.#packet = new Uint8Array(largest);
  }

  /** The packets, to the other side's end. Each is valid until the next is asked for. */
  async *packets(): AsyncGenerator<Uint8Array> {
    while (this.#fd !== CLOSED) {
      const packet = this.#receive();
      if (packet === "end") return;
      if (packet === "none") await this.#readable();
      else yield packet;
    }
  }

  /** Sends one packet, waiting while the other side is full; false when it reads no more. */
  async send(packet: Uint8Array): Promise<boolean> {
    while (this.#fd !== CLOSED) {
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      if (Number(this.#libc.send(this.#fd, ptr(packet), packet.length, flags)) >= 0) return true;
      const errno = lastErrno();
      if (errno === EPIPE || errno === ECONNRESET) return false;
      if (errno !== EAGAIN) failErrno("send a packet", errno);
      await Bun.sleep(RETRY_MS);
    }
    return false;
  }

  /** Tells the other side that nothing more will be sent. */
  endSending(): void {
    if (this.#fd !== CLOSED) this.#libc.shutdown(this.#fd, SHUT_WR);
  }

  [Symbol.dispose](): void {
    if (this.#fd === CLOSED) return;
    closeSync(this.#fd);
    this.#fd = CLOSED;
    this.#wake?.();
  }

  #receive(): Uint8Array | "none" | "end" {
    const buffer = this.#packet;
    const length = Number(this.#libc.recv(this.#fd, ptr(buffer), buffer.length, MSG_DONTWAIT));
    if (length > 0) return buffer.subarray(0, length);
    if (length === 0) return "end";
    const errno = lastErrno();
    if (errno === EAGAIN) return "none";
    return errno === ECONNRESET ? "end" : failErrno("receive a packet", errno);
  }

  async #readable(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setInterval(resolve, POLL_MS);
    this.#wake = resolve;
    listening.add(resolve);
    await promise;
    clearInterval(timer);
    listening.delete(resolve);
    this.#wake = undefined;
  }
}

/** Connects to a SOCK_SEQPACKET socket by its path, however long the path is. */
export function connectPackets(path: string, largest: number): PacketSocket {
  const libc = socketCalls();
  const type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const fd = checked(libc.socket(AF_UNIX, type, 0), () => "make a socket");
  try {
    connectTo(libc, fd, path);
    announceBySignal(libc, fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return new PacketSocket(fd, libc, largest);
}

/** A socket address holds 107 bytes: the directory is named by a descriptor instead. */
function connectTo(libc: SocketCalls, fd: number, path: string): void {
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const address = Buffer.alloc(110);
    address.writeUInt16LE(AF_UNIX, 0);
    address.write(`/proc/self/fd/${directory}/${basename(path)}`, 2);
    checked(libc.connect(fd, ptr(address), address.length), () => `connect to ${path}`);
  } finally {
    closeSync(directory);
  }
}

function announceBySignal(libc: SocketCalls, fd: number): void {
  if (!handlesSignal) {
    process.on("SIGIO", () => {
      for (const wake of listening) wake();
    });
    handlesSignal = true;
  }
  checked(libc.fcntl(fd, F_SETOWN, process.pid), () => "own a socket");
  checked(libc.fcntl(fd, F_SETFL, O_ASYNC | SOCK_NONBLOCK), () => "watch a socket");
}
