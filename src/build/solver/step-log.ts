import { messageOf } from "#errors";
import type { FailureDetails, OnBuildEvent } from "../build-event.ts";
import { clipMessage } from "../clip-message.ts";

/** What one step tells while it is at work. */
export interface StepLog {
  output(stream: 1 | 2, text: string): void;
  /** A part of the step that is done or under way, such as `writing image sha256:…`. */
  detail(text: string): void;
  done(cached?: boolean): void;
  fail(message: string, details?: FailureDetails): void;
  cancel(): void;
}

/** Characters of output that one step may show: BuildKit's limit. */
const MOST_OUTPUT = 2 << 20;

type OnOutput = StepLog["output"];

/** A step that never stops talking would keep everybody else from being heard. */
function clipped(output: OnOutput): OnOutput {
  let left = MOST_OUTPUT;
  return (stream, text) => {
    if (left <= 0) return;
    output(stream, text.slice(0, left));
    left -= text.length;
    if (left <= 0) output(2, "\n[output clipped, log limit 2MiB reached]\n");
  };
}

/** Gives steps their numbers, in the order in which they start. */
export class Progress {
  readonly #emit: OnBuildEvent;
  #steps = 0;

  constructor(emit: OnBuildEvent) {
    this.#emit = emit;
  }

  start(name: string): StepLog {
    const step = ++this.#steps;
    const emit = this.#emit;
    emit({ type: "start", step, name, time: Date.now() });
    return {
      output: clipped((stream, text) =>
        emit({ type: "log", step, stream, text, time: Date.now() }),
      ),
      detail: (text) => emit({ type: "detail", step, text, time: Date.now() }),
      done: (cached = false) => emit({ type: "done", step, cached, time: Date.now() }),
      fail: (message, details) =>
        emit({ type: "failed", step, message: clipMessage(message), time: Date.now(), ...details }),
      cancel: () => emit({ type: "cancelled", step, time: Date.now() }),
    };
  }

  /** Runs work as a step of its own, such as `[internal] load .dockerignore`. */
  async during<T>(name: string, work: (log: StepLog) => T | Promise<T>): Promise<T> {
    const log = this.start(name);
    try {
      const result = await work(log);
      log.done();
      return result;
    } catch (error) {
      log.fail(messageOf(error));
      throw error;
    }
  }

  warn(message: string, line?: number): void {
    this.#emit({ type: "warning", message, ...(line !== undefined && { line }) });
  }
}
