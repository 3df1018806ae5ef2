import type { Bytes } from "#bytes";
import { fail } from "#errors";
import type { CopyInOptions, PathStat } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** What is at a path inside. */
export async function statPath(
  _store: ContainerStore,
  _container: Container,
  _path: string,
): Promise<PathStat> {
  return fail("unsupported", "cp is not there yet");
}

/** A tar of what is at a path inside. */
export async function copyFrom(
  _store: ContainerStore,
  _container: Container,
  _path: string,
  _options: { signal?: AbortSignal },
): Promise<{ stat: PathStat; archive: Bytes }> {
  return fail("unsupported", "cp is not there yet");
}

/** Unpacks a tar into a directory inside. */
export async function copyTo(
  _store: ContainerStore,
  _container: Container,
  _path: string,
  _archive: Bytes,
  _options: CopyInOptions,
): Promise<void> {
  return fail("unsupported", "cp is not there yet");
}
