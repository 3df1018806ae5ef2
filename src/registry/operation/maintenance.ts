import type { BlobStorage } from "../blob-storage.ts";
import { collectGarbage } from "../garbage.ts";
import type { Records } from "../records.ts";

export interface MaintenanceOptions {
  readonly records: Records;
  readonly blobs: BlobStorage;
  /** Milliseconds after which an upload that nobody goes on with is removed. */
  readonly uploadTimeout: number;
  /** Milliseconds between two garbage collections; 0: none. */
  readonly gcInterval: number;
  /** Milliseconds that something must have been unused for to be garbage. */
  readonly gcGrace: number;
  readonly onNote: (message: string) => void;
  readonly onError: (what: string, error: unknown) => void;
}

/** The longest that an upload outlives its time. */
const SWEEP_MS = 60_000;

/** Removes idle uploads and garbage now and then, until it is disposed. */
export function startMaintenance(options: MaintenanceOptions): AsyncDisposable {
  const { uploadTimeout, gcInterval } = options;
  const stopped = new AbortController();
  const sweep = Math.min(SWEEP_MS, Math.max(1000, uploadTimeout / 2));
  const loops = [
    repeat(sweep, stopped.signal, "idle uploads", () => endIdleUploads(options), options),
    ...(gcInterval > 0
      ? [
          repeat(
            gcInterval,
            stopped.signal,
            "garbage",
            () => collect(options, stopped.signal),
            options,
          ),
        ]
      : []),
  ];
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await Promise.all(loops);
    },
  };
}

async function repeat(
  interval: number,
  signal: AbortSignal,
  what: string,
  work: () => Promise<void>,
  { onError }: MaintenanceOptions,
): Promise<void> {
  for (;;) {
    await pause(interval, signal);
    if (signal.aborted) return;
    await work().catch((error) => {
      if (!signal.aborted) onError(`cannot remove ${what}`, error);
    });
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}

async function endIdleUploads({ records, blobs, uploadTimeout, onNote }: MaintenanceOptions) {
  const before = Date.now() - uploadTimeout;
  let count = 0;
  for (const upload of await records.idleUploads(before)) {
    if (!(await records.deleteUpload(upload.id, before))) continue;
    await blobs.abort(upload);
    count++;
  }
  if (count > 0) onNote(`removed ${count} idle uploads`);
}

async function collect(
  { records, blobs, gcGrace, onNote }: MaintenanceOptions,
  signal: AbortSignal,
) {
  const found = await collectGarbage(records, blobs, { grace: gcGrace, signal });
  if (found.bytes > 0) onNote(`removed ${found.blobs.length} unused blobs, ${found.bytes} bytes`);
}
