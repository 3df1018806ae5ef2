import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { fail } from "#errors";
import type { LogEntry, LogOptions } from "../container-service.ts";
import { type ContainerStore, placesOf } from "../container-store.ts";
import type { Container } from "../record.ts";
import { isUp, type Status } from "../status.ts";
import { withAttributes } from "./attributes.ts";
import { type LogFile, openLogs, readBlocks } from "./log-files.ts";
import { LogLines } from "./log-line.ts";
import { findTail } from "./log-tail.ts";

/** For an event that got lost, and for the container's end, of which there is none. */
const CHECK_MS = 200;

/**
 * What a container has written, in batches as they are read. Fails with `unsupported` where its
 * log driver keeps nothing.
 */
export async function* readLogs(
  store: ContainerStore,
  container: Container,
  options: LogOptions,
): AsyncGenerator<readonly LogEntry[]> {
  if (container.record.hostConfig.LogConfig?.Type === "none")
    fail("unsupported", "configured logging driver does not support reading");
  const { log } = placesOf(store, container.id);
  const isWanted = filterOf(options);
  const shown = (entries: LogEntry[]) => {
    const wanted = entries.filter(isWanted);
    return options.details ? wanted.map(withAttributes(container.record)) : wanted;
  };
  const lines = new LogLines();
  for await (const block of blocksOf(log, options, () => isRunning(store, container.id))) {
    const entries = shown(lines.read(block));
    if (entries.length > 0) yield entries;
  }
  const rest = shown(lines.rest());
  if (rest.length > 0) yield rest;
}

async function* blocksOf(
  path: string,
  { tail, follow, until = Number.POSITIVE_INFINITY, signal }: LogOptions,
  isRunning: () => boolean,
): AsyncGenerator<Buffer> {
  using files = disposable(openLogs(path));
  let place = tail === undefined ? { file: 0, at: 0 } : findTail(files.list, tail);
  for (;;) {
    // In this order: one that has ended writes no more.
    const goesOn = follow && isRunning() && Date.now() <= until && !signal?.aborted;
    for (; place.file < files.list.length; place = { file: place.file + 1, at: 0 }) {
      const at = yield* readBlocks(files.list[place.file]!, place.at);
      if (place.file + 1 < files.list.length) continue;
      place = { ...place, at };
      break;
    }
    if (files.renew(path)) continue;
    if (!goesOn) return;
    await somethingHappens(path, signal);
  }
}

/** Open files, of which newer ones may come. */
function disposable(opened: LogFile[]) {
  const list = opened;
  return {
    list,
    /** Adds the generations that have come since; says whether there are any. */
    renew(path: string): boolean {
      if (inodeOf(path) === (list.at(-1)?.inode ?? 0)) return false;
      const now = openLogs(path);
      const known = now.findIndex(({ inode }) => inode === list.at(-1)?.inode);
      for (const file of now.slice(0, known + 1)) file[Symbol.dispose]();
      list.push(...now.slice(known + 1));
      return known + 1 < now.length;
    },
    [Symbol.dispose]() {
      for (const file of list) file[Symbol.dispose]();
    },
  };
}

function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

async function somethingHappens(path: string, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CHECK_MS);
  const watcher = tryWatch(dirname(path), resolve);
  const onAbort = () => resolve();
  signal?.addEventListener("abort", onAbort);
  await promise;
  signal?.removeEventListener("abort", onAbort);
  clearTimeout(timer);
  watcher?.close();
}

/** Undefined where the container is gone with its directory. */
function tryWatch(directory: string, listener: () => void): FSWatcher | undefined {
  try {
    return watch(directory, listener);
  } catch {
    return undefined;
  }
}

function isRunning({ state }: ContainerStore, id: string): boolean {
  const row = state.containers.get(id);
  return row !== undefined && isUp(row.status as Status);
}

function filterOf({ stdout = true, stderr = true, since, until }: LogOptions) {
  const first = since === undefined ? "" : formatTime(since);
  const last = until === undefined ? "~" : formatTime(until);
  const timed = since !== undefined || until !== undefined;
  return (entry: LogEntry) => {
    if (!(entry.stream === "stdout" ? stdout : stderr)) return false;
    return !timed || (entry.time >= first && entry.time <= last);
  };
}

/** As entries have it: `2026-11-22T13:40:22.123456789Z`. */
function formatTime(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  const nanoseconds = Math.floor((milliseconds - whole) * 1e6);
  const start = new Date(whole).toISOString().slice(0, -1);
  return `${start}${String(nanoseconds).padStart(6, "0")}Z`;
}
