import { watch } from "node:fs";

/** Tells when something was written to a store's records. */
export interface DatabaseWatch extends Disposable {
  /** Resolves with the next change, or one since the last call, or after so many milliseconds. */
  next(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Every write of any process goes to the write-ahead log first: that file is watched. */
export function watchDatabase(root: string): DatabaseWatch {
  let changed = Promise.withResolvers<void>();
  const watcher = openWatcher(root, () => changed.resolve());
  return {
    async next(milliseconds, signal) {
      await beforeDeadline(changed.promise, milliseconds, signal);
      changed = Promise.withResolvers();
    },
    [Symbol.dispose]: () => watcher?.close(),
  };
}

/** Undefined where the kernel grants no more watches: then looking now and then has to do. */
function openWatcher(root: string, onChange: () => void) {
  try {
    return watch(root, (_, name) => {
      if (name?.endsWith("-wal")) onChange();
    });
  } catch {
    return undefined;
  }
}

async function beforeDeadline(
  work: Promise<void>,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
