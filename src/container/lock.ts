import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { kindOf } from "#errors";
import { lockFile } from "#kernel";
import type { ContainerStore } from "./container-store.ts";

type Owner = Pick<ContainerStore, "runtimeDirectory">;

/**
 * Keeps everybody else from starting, ending or removing a container. What the record says must
 * be read after this: it may have changed while we waited.
 */
export async function lockContainer(store: Owner, id: string): Promise<AsyncDisposable> {
  return lockFile(lockPath(store, id), "exclusive");
}

/** The same without waiting; undefined while somebody is at work on it. */
export async function tryLockContainer(
  store: Owner,
  id: string,
): Promise<AsyncDisposable | undefined> {
  try {
    return await lockFile(lockPath(store, id), "exclusive", { wait: false });
  } catch (error) {
    if (kindOf(error) === "conflict") return undefined;
    throw error;
  }
}

/** For a container whose record is gone: nobody asks for its lock again. */
export function removeLock(store: Owner, id: string): void {
  rmSync(lockPath(store, id), { force: true });
}

/** Of which there are locks, held or not. */
export function lockedIds(store: Owner): string[] {
  const directory = locksOf(store);
  return existsSync(directory) ? readdirSync(directory) : [];
}

function lockPath(store: Owner, id: string): string {
  const directory = locksOf(store);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return join(directory, id);
}

function locksOf({ runtimeDirectory }: Owner): string {
  return join(runtimeDirectory, "locks");
}
