import { KindedError, messageOf } from "#errors";
import { PassingFault } from "./passing-fault.ts";
import type { RemoteNotice } from "./remote.ts";
import { Unreachable } from "./transport/network-fault.ts";

/** How faults that may pass are waited out. Milliseconds. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly tries: number;
  /** The first wait; it doubles each time. */
  readonly baseMs: number;
  /** The longest wait; a server that asks for more makes the request fail. */
  readonly mostMs: number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** 0 to 1: spreads the waits of many clients. */
  random(): number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  tries: 6,
  baseMs: 500,
  mostMs: 60_000,
  sleep,
  random: Math.random,
};

export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly onNotice?: ((notice: RemoteNotice) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What is tried, for the notice: `pulling alpine`. */
  readonly what: string;
}

/** Runs `task` until it works, fails for good, or has been tried often enough. */
export async function retry<T>(context: RetryContext, task: () => Promise<T>): Promise<T> {
  const waits = createWaits(context);
  for (;;) {
    try {
      return await task();
    } catch (error) {
      await waits.before(error);
    }
  }
}

/** Counts failures in a row and waits between them. */
export interface Waits {
  /** Waits before the next try; throws `error` when there is none. */
  before(error: unknown): Promise<void>;
  /** Work went on: the next failure is the first again. */
  progressed(): void;
}

export function createWaits({ policy, onNotice, signal, what }: RetryContext): Waits {
  let failures = 0;
  return {
    async before(error) {
      signal?.throwIfAborted();
      failures++;
      if (!(error instanceof PassingFault) || failures >= policy.tries || isHopeless(error))
        throw error;
      const inMs = waitFor(error, policy, failures);
      if (inMs > policy.mostMs) throw tooLong(error, inMs);
      onNotice?.({ kind: "retry", what, reason: messageOf(error), inMs });
      await policy.sleep(inMs, signal);
    },
    progressed() {
      failures = 0;
    },
  };
}

/** A host that never answered is not waited for; one that did may be restarting. */
function isHopeless(error: PassingFault): boolean {
  return error instanceof Unreachable && error.isDead;
}

/** No shorter than the server asks for; one that asks for nothing at all is spared all the same. */
function waitFor({ afterMs = 0 }: PassingFault, policy: RetryPolicy, failures: number): number {
  return Math.max(afterMs, backoff(policy, failures));
}

function backoff({ baseMs, mostMs, random }: RetryPolicy, failures: number): number {
  const most = Math.min(mostMs, baseMs * 2 ** (failures - 1));
  return Math.round(most / 2 + (most / 2) * random());
}

function tooLong(error: PassingFault, ms: number): KindedError {
  const seconds = Math.ceil(ms / 1000);
  return new KindedError(error.kind, `${error.message}; try again in ${seconds} seconds`, error);
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
