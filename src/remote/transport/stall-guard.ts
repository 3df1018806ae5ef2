/** Ends a request when the other side is silent for too long, or when its signal says so. */
export interface StallGuard {
  readonly signal: AbortSignal;
  /** Waits for `step`; when it takes longer than `ms`, the request is aborted with `message`. */
  within<T>(ms: number, message: string, step: Promise<T>): Promise<T>;
  /** To be called when the request is over. */
  release(): void;
}

/** What {@link StallGuard.signal} is aborted with when time is up. */
export class Stalled extends Error {
  readonly code = "ETIMEDOUT";
}

export function createStallGuard(outer?: AbortSignal): StallGuard {
  const controller = new AbortController();
  const stop = () => controller.abort(outer?.reason);
  if (outer?.aborted) stop();
  outer?.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    async within(ms, message, step) {
      const timer = setTimeout(() => controller.abort(new Stalled(message)), ms);
      try {
        return await step;
      } finally {
        clearTimeout(timer);
      }
    },
    release: () => outer?.removeEventListener("abort", stop),
  };
}
