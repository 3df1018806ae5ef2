import { existsSync, mkdirSync, renameSync } from "node:fs";
import { ConfinedDirectory, readNames, renameAt, statAt } from "#kernel";
import { copyTree, removeTree } from "#layer";

export interface Filling {
  /** The directory to fill. */
  readonly target: string;
  /** Where to take it from. */
  readonly origin: string;
  /** A name, in the target's file system, for what is copied and not in place yet. */
  readonly draft: string;
}

/**
 * Gives an empty directory the content and attributes of another one, whole or not at all: what
 * a process that died has copied is thrown away, and what it had begun to put in place is put
 * there by the next one. Others may have the directory open or mounted meanwhile.
 */
export async function fillDirectory({ target, origin, draft }: Filling): Promise<void> {
  const whole = `${draft}.whole`;
  if (!existsSync(whole)) {
    removeTree(draft);
    if (!isEmpty(target)) return;
    mkdirSync(draft, { mode: 0o700 });
    await copyTree(origin, draft);
    renameSync(draft, whole);
  }
  moveContent(whole, target);
  // The attributes of the directory itself, now that nothing is put into it any more.
  await copyTree(whole, target);
  removeTree(whole);
}

/** The same without a draft, where there can be none: of a file system that is mounted there. */
export async function copyIfEmpty(origin: string, target: string): Promise<void> {
  if (isEmpty(target)) await copyTree(origin, target);
}

function isEmpty(directory: string): boolean {
  using opened = new ConfinedDirectory(directory);
  return readNames(opened.root.fd).length === 0;
}

/** What somebody has made there meanwhile is theirs and stays. */
function moveContent(from: string, to: string): void {
  using source = new ConfinedDirectory(from);
  using target = new ConfinedDirectory(to);
  for (const name of readNames(source.root.fd)) {
    const isTaken = statAt(target.root.fd, name) !== undefined;
    if (!isTaken) renameAt(source.root.fd, name, target.root.fd, name);
  }
}
