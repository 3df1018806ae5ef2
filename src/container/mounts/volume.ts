import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { kindOf } from "#errors";
import { ConfinedDirectory, type OpenDirectory } from "#kernel";
import { copyTree } from "#layer";

/**
 * Makes the directory of a volume, filled with what the image has at `target` in its mounted
 * root file system, as Docker does at a volume's first use. It appears whole or not at all.
 */
export async function createVolume(
  directory: string,
  rootfs: string,
  target: string,
): Promise<void> {
  if (existsSync(directory)) return;
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
  mkdirSync(draft, { mode: 0o755 });
  using root = new ConfinedDirectory(rootfs);
  const origin = find(root, target);
  if (origin !== undefined) await copyTree(join(rootfs, origin.path), draft);
  renameSync(draft, directory);
}

/** Where the directory really is; undefined when the image has none there. */
function find(root: ConfinedDirectory, target: string): OpenDirectory | undefined {
  try {
    return root.directory(target);
  } catch (error) {
    if (kindOf(error) === "failed-precondition") return undefined;
    throw error;
  }
}
