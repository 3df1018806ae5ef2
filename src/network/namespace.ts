import { rmSync, writeFileSync } from "node:fs";
import { kindOf, messageOf } from "#errors";
import { bindNewNetworkNamespace, unmount } from "#kernel";

/**
 * Makes a network namespace that lives as long as the bind mount at `path`, like `ip netns add`,
 * and runs `inside` in it before anybody else can. No process is started.
 */
export function createNamespace<T>(path: string, inside: () => T): T {
  writeFileSync(path, "", { flag: "wx", mode: 0o444 });
  try {
    return bindNewNetworkNamespace(path, inside);
  } catch (error) {
    removeNamespace(path);
    throw error;
  }
}

/** Lets go of a namespace; its links vanish with it once no process is left inside. */
export function removeNamespace(path: string): void {
  try {
    unmount(path, { detach: true });
  } catch (error) {
    if (!isUnmounted(error)) throw error;
  }
  rmSync(path, { force: true });
}

/** EINVAL: a plain file, because a crash came between making it and mounting on it. */
function isUnmounted(error: unknown): boolean {
  return kindOf(error) === "not-found" || messageOf(error).includes("EINVAL");
}
