import source from "./network-thread.worker.js" with { type: "text" };
import { failErrno } from "./system-call.ts";

/** What the thread is asked for; `namespace` is a file that a network namespace is bound to. */
type Request =
  | { readonly make: string }
  | { readonly namespace: string; readonly socket: readonly number[] }
  | { readonly namespace: string; readonly read: string }
  | { readonly namespace: string; readonly write: string; readonly value: string };

type Answer = { readonly errno: number } | { readonly result: number | string };

/** Places in `control`: whether the thread is asked, and how long the text is that goes over. */
const [ASKED, LENGTH] = [0, 1];
const TEXT_BYTES = 16 * 1024;
const ENOENT = 2;

/**
 * A thread that goes into network namespaces and does there what it is asked for. Descriptors
 * belong to the whole process, and so the sockets that it opens can be used by all threads.
 */
export class NetworkThread {
  readonly #control = new Int32Array(new SharedArrayBuffer(8));
  readonly #text = new Uint8Array(new SharedArrayBuffer(TEXT_BYTES));

  constructor(worker: Worker) {
    worker.postMessage({ control: this.#control, text: this.#text });
  }

  /** Makes a network namespace and binds it to the file at `path`. */
  make(path: string): void {
    resultOf("make a network namespace", this.#ask({ make: path }));
  }

  socket(namespace: string, ...socket: readonly number[]): number {
    return Number(resultOf("open a socket", this.#ask({ namespace, socket })));
  }

  /** The text of a file below /proc/sys/net; undefined when there is none. */
  read(namespace: string, file: string): string | undefined {
    const answer = this.#ask({ namespace, read: file });
    if ("errno" in answer && answer.errno === ENOENT) return undefined;
    return String(resultOf(`read ${file}`, answer));
  }

  write(namespace: string, file: string, value: string): void {
    resultOf(`write ${file}`, this.#ask({ namespace, write: file, value }));
  }

  #ask(request: Request): Answer {
    const { written } = new TextEncoder().encodeInto(JSON.stringify(request), this.#text);
    this.#control[LENGTH] = written;
    Atomics.store(this.#control, ASKED, 1);
    Atomics.notify(this.#control, ASKED);
    Atomics.wait(this.#control, ASKED, 1);
    return JSON.parse(new TextDecoder().decode(this.#text.slice(0, this.#control[LENGTH])));
  }
}

/** Starting it takes some 3 ms; it ends with the process. */
export function startNetworkThread(): NetworkThread {
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  worker.unref();
  return new NetworkThread(worker);
}

function resultOf(what: string, answer: Answer): number | string {
  return "result" in answer ? answer.result : failErrno(what, answer.errno);
}
