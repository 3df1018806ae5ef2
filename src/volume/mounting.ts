import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, messageOf } from "#errors";
import { lockFile, mountsUnder, requireTool, runTool, unmount } from "#kernel";
import { type DriverOptions, mountArguments } from "./driver.ts";
import type { VolumePlaces } from "./places.ts";

/**
 * Mounts what the options name on the volume's directory, unless somebody has. Who uses it is
 * noted before, so that nobody who ends takes it away.
 */
export async function mountVolume(
  { data, users, lock }: VolumePlaces,
  options: DriverOptions,
  user: string,
): Promise<void> {
  await using _ = await lockFile(lock, "exclusive");
  mkdirSync(users, { recursive: true, mode: 0o700 });
  writeFileSync(join(users, user), "");
  if (isMounted(data)) return;
  try {
    await runTool([requireTool("mount"), ...mountArguments(options, data)]);
  } catch (error) {
    rmSync(join(users, user));
    fail(
      "failed-precondition",
      `error while mounting volume '${data}': failed to mount local volume: ${messageOf(error)}`,
    );
  }
}

/** Forgets a user; with the last one goes what is mounted. */
export async function unmountVolume(places: VolumePlaces, user: string): Promise<void> {
  if (!existsSync(join(places.users, user))) return;
  await using _ = await lockFile(places.lock, "exclusive");
  rmSync(join(places.users, user), { force: true });
  if (readdirSync(places.users).length === 0) unmountAll(places.home);
}

/** Whether something is mounted on exactly this directory. */
export function isMounted(directory: string): boolean {
  const real = realpathSync(directory);
  return mountsUnder(real).some(({ target }) => target === real);
}

/** Takes away everything that is mounted below a directory, so that it can be removed. */
export function unmountAll(directory: string): void {
  if (!existsSync(directory)) return;
  for (const { target } of mountsUnder(realpathSync(directory))) unmount(target, { detach: true });
}
