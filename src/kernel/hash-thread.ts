import source from "./hash-thread.worker.js" with { type: "text" };

/** Hashes bytes and writes them to a file, in order, beside the thread that makes them. */
export interface HashThread {
  /** Takes a copy; waits while the thread is behind. Fails with the error of an earlier write. */
  write(bytes: Uint8Array): void;
  /** Waits until all is written; gives the digest of the whole file in hex. */
  finish(): string;
  /** Lets it end; what is not yet written may be left out. The file is in use until this returns. */
  stop(): void;
}

export interface HashThreadOptions {
  readonly fd: number;
  readonly algorithm: string;
  /** Bytes that are in the file already: they are read again. */
  readonly start: number;
}

const SLOTS = 4;
const SLOT_BYTES = 1 << 20;
/** Places in `control`: slots that were given and taken since the beginning, and the end. */
const [GIVEN, TAKEN, STOPPED, LENGTHS] = [0, 1, 2, 4];
const CONTROL_BYTES = (LENGTHS + SLOTS) * 4;

/** Starting one costs some 10 ms: worth it for files that take longer to hash. */
export function startHashThread(options: HashThreadOptions): HashThread {
  return new SlotThread(options);
}

class SlotThread implements HashThread {
  readonly #control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
  readonly #slots = Array.from(
    { length: SLOTS },
    () => new Uint8Array(new SharedArrayBuffer(SLOT_BYTES)),
  );
  readonly #url: string;
  readonly #worker: Worker;
  #given = 0;

  constructor(options: HashThreadOptions) {
    const blob = new Blob([source], { type: "text/javascript" });
    this.#url = URL.createObjectURL(blob);
    this.#worker = new Worker(this.#url);
    this.#worker.unref();
    const codes = [GIVEN, TAKEN, STOPPED, LENGTHS];
    this.#worker.postMessage({ control: this.#control, slots: this.#slots, codes, ...options });
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += SLOT_BYTES)
      this.#give(bytes.subarray(at, at + SLOT_BYTES));
  }

  finish(): string {
    this.#give(new Uint8Array());
    const { digest } = this.#outcome();
    this.#end();
    return digest!;
  }

  stop(): void {
    try {
      if (this.#isRunning()) this.#give(new Uint8Array());
    } catch {
      // It has ended by itself, with an error that nobody waits for any more.
    }
    this.#waitForEnd();
    this.#end();
  }

  /** The thread has done its work, so that it needs its source no more. */
  #end(): void {
    this.#worker.terminate();
    URL.revokeObjectURL(this.#url);
  }

  #isRunning(): boolean {
    return Atomics.load(this.#control, STOPPED) === 0;
  }

  #give(bytes: Uint8Array): void {
    const slot = this.#given % SLOTS;
    this.#waitForSlot();
    this.#slots[slot]!.set(bytes);
    this.#control[LENGTHS + slot] = bytes.length;
    this.#given++;
    Atomics.store(this.#control, GIVEN, this.#given);
    Atomics.notify(this.#control, GIVEN);
  }

  #waitForSlot(): void {
    for (;;) {
      const taken = Atomics.load(this.#control, TAKEN);
      if (taken === -1) this.#outcome();
      if (this.#given - taken < SLOTS) return;
      Atomics.wait(this.#control, TAKEN, taken);
    }
  }

  #waitForEnd(): void {
    while (this.#isRunning()) Atomics.wait(this.#control, STOPPED, 0);
  }

  /** What the thread said at its end; fails when that is an error. */
  #outcome(): { digest?: string } {
    this.#waitForEnd();
    const text = this.#slots[0]!.slice(0, this.#control[LENGTHS]);
    const { digest, code, message } = JSON.parse(new TextDecoder().decode(text));
    if (digest === undefined) throw Object.assign(new Error(message), { code });
    return { digest };
  }
}
