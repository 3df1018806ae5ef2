import { ensureKeeper, enterKeeper } from "#kernel";
import { ROOTLESS, type StoreDirectories } from "./store-directories.ts";

/**
 * Replaces this process by itself as root of the user's kept namespaces: there it may make
 * mounts, networks and files of any owner. Fails with `failed-precondition` and what to do where
 * the system or a lack of subordinate ids forbids it.
 */
export async function enterNamespaces(directories: StoreDirectories): Promise<never> {
  const keeper = await ensureKeeper(directories);
  const environment = { ...process.env, [ROOTLESS]: keeper.runtimeDirectory };
  const argv = [...ownCommand(), ...process.argv.slice(2)];
  return enterKeeper(keeper, argv, { directory: process.cwd(), environment });
}

/** How a process that is inside already, but has nothing of our environment, calls shale. */
export function programInside({ root, runtimeDirectory }: StoreDirectories): string[] {
  return ["/usr/bin/env", `${ROOTLESS}=${runtimeDirectory}`, ...ownCommand(), "--root", root];
}

function ownCommand(): string[] {
  const compiled = Bun.main.startsWith("/$bunfs/");
  return compiled ? [process.execPath] : [process.execPath, Bun.main];
}
