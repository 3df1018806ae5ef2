import { getSystemErrorMap } from "node:util";
import { fail, type Kind } from "#errors";
import { NetlinkSocket } from "#kernel";
import { decodeMessages, encodeMessage, Flag, type Message } from "./message.ts";

const MESSAGE_ERROR = 2;
const MESSAGE_DONE = 3;

/** Netlink families (linux/netlink.h). */
export const Family = { route: 0, netfilter: 12 } as const;

/** Error numbers a request may be content with (errno(3)). */
export const Errno = { noEntry: 2, noProcess: 3, exists: 17, noDevice: 19 } as const;

/** What encloses a transaction of nftables (linux/netfilter/nfnetlink.h). */
const BATCH = { begin: 16, end: 17 } as const;
/** struct nfgenmsg; the last two bytes name nftables. */
const BATCH_HEAD = Buffer.from([0, 0, 0, 10]);

/** One wish to the kernel. */
export interface Request {
  /** For the error message: `make bridge shale0`. */
  readonly what: string;
  readonly type: number;
  /** Flags beyond "request" and "acknowledge". */
  readonly flags?: number;
  readonly body: Uint8Array;
  /** Error numbers that are as good as success: what was wanted is so already. */
  readonly accept?: readonly number[];
}

/**
 * A conversation with one netlink family of the network namespace it was opened in. Calls block
 * for microseconds only: the kernel answers in the sender's own time.
 */
export interface Netlink extends Disposable {
  /** Sends all requests together; fails with the first one's error, once all are answered. */
  execute(requests: readonly Request[]): void;
  /**
   * Sends one request in a transaction of its own, as nftables takes changes; false when it fails
   * with an accepted error.
   */
  transact(request: Request): boolean;
  /** The answers to a request that reads; none when it fails with an accepted error. */
  query(request: Request): Message[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  EPERM: "permission-denied",
  EACCES: "permission-denied",
  EEXIST: "already-exists",
  EADDRINUSE: "already-exists",
  ENOENT: "not-found",
  ENODEV: "not-found",
  ESRCH: "not-found",
  EOPNOTSUPP: "unsupported",
  EPROTONOSUPPORT: "unsupported",
};

/** Opens a socket in the network namespace the calling thread is in now. */
export function openNetlink(family: number): Netlink {
  return new Conversation(new NetlinkSocket(family));
}

interface Encodable extends Pick<Request, "type" | "flags" | "body"> {
  readonly acknowledge?: boolean;
}

class Conversation implements Netlink {
  readonly #socket: NetlinkSocket;
  #sequence = 0;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  execute(requests: readonly Request[]): void {
    const first = this.#sequence + 1;
    this.#send(requests);
    const results = new Map<number, number>();
    while (results.size < requests.length) {
      for (const message of decodeMessages(this.#socket.receive())) {
        if (message.type === MESSAGE_ERROR) results.set(message.sequence, errnoOf(message));
      }
    }
    requests.forEach((request, index) => {
      checkResult(request, results.get(first + index) ?? 0);
    });
  }

  query(request: Request): Message[] {
    this.#send([request]);
    const answers: Message[] = [];
    for (;;) {
      for (const message of decodeMessages(this.#socket.receive())) {
        if (message.type === MESSAGE_ERROR) checkResult(request, errnoOf(message));
        if (message.type === MESSAGE_ERROR || message.type === MESSAGE_DONE) return answers;
        answers.push(message);
      }
    }
  }

  transact(request: Request): boolean {
    const sequence = this.#sequence + 2;
    const [begin, end] = [BATCH.begin, BATCH.end].map((type) => ({ type, body: BATCH_HEAD }));
    const messages = [begin!, { ...request, acknowledge: true }, end!];
    this.#socket.send(Buffer.concat(messages.map((message) => this.#encode(message))));
    for (;;) {
      for (const message of decodeMessages(this.#socket.receive())) {
        if (message.type !== MESSAGE_ERROR || message.sequence !== sequence) continue;
        checkResult(request, errnoOf(message));
        return errnoOf(message) === 0;
      }
    }
  }

  #encode({ type, flags = 0, body, acknowledge = false }: Encodable): Buffer {
    const wanted = acknowledge ? Flag.ack : 0;
    return encodeMessage(type, Flag.request | wanted | flags, ++this.#sequence, body);
  }

  #send(requests: readonly Request[]): void {
    const messages = requests.map((request) => this.#encode({ ...request, acknowledge: true }));
    if (messages.length > 0) this.#socket.send(Buffer.concat(messages));
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

function errnoOf(message: Message): number {
  return -message.body.readInt32LE(0);
}

function checkResult(request: Request, errno: number): void {
  if (errno === 0 || request.accept?.includes(errno)) return;
  const [name, meaning] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, "unknown error"];
  fail(KINDS[name] ?? "internal", `cannot ${request.what}: ${meaning} (${name})`);
}
