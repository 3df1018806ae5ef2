import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { runTool } from "#kernel";

/**
 * Makes the directory of a volume, filled with what the image has at its place, as Docker does at
 * a volume's first use. It appears whole or not at all. `origin` is the place in the mounted root
 * file system, undefined when the image has nothing there.
 */
export async function createVolume(directory: string, origin: string | undefined): Promise<void> {
  if (existsSync(directory)) return;
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(dirname(directory), { recursive: true, mode: 0o711 });
  mkdirSync(draft, { mode: 0o755 });
  if (origin !== undefined) await copyTree(origin, draft);
  renameSync(draft, directory);
}

/** cp(1) keeps owners, modes, times, links, xattrs and holes, and shares blocks where it can. */
async function copyTree(origin: string, target: string): Promise<void> {
  if (readdirSync(origin).length > 0) await runTool(["cp", "-a", `${origin}/.`, target]);
  const { uid, gid, mode } = statSync(origin);
  chownSync(target, uid, gid);
  chmodSync(target, mode & 0o7777);
}
