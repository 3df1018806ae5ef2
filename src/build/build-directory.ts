import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "#bytes";
import { fail } from "#errors";
import { bootId, isAlive, mountsUnder, processStart, unmount } from "#kernel";

/** Who works in a build directory. */
interface Owner {
  readonly pid: number;
  readonly start: number;
  readonly boot: string;
}

const OWNER_FILE = "owner.json";

/** Where the directories of builds are: what is mounted and started, and what is large. */
export interface BuildDirectories {
  /** Cleared by a reboot, best in memory. */
  readonly running: string;
  /** On the store's disk. */
  readonly stored: string;
}

/**
 * A place for what a running build mounts, starts and unpacks. It says which process it belongs
 * to, so that a later one can clear up after a kill -9.
 */
export class BuildDirectory implements Disposable {
  readonly id: string;
  readonly #running: string;
  readonly #stored: string;

  private constructor({ running, stored }: BuildDirectories, id: string) {
    this.id = id;
    this.#running = join(running, id);
    this.#stored = join(stored, id);
  }

  static create(parents: BuildDirectories): BuildDirectory {
    const directory = new BuildDirectory(
      parents,
      crypto.getRandomValues(new Uint8Array(6)).toHex(),
    );
    const { pid } = process;
    const owner: Owner = { pid, start: processStart(pid) ?? 0, boot: bootId() };
    writeFileSync(join(directory.make(), OWNER_FILE), JSON.stringify(owner));
    return directory;
  }

  /** The directories of builds whose process is gone. */
  static abandoned(parents: BuildDirectories): BuildDirectory[] {
    const ids = new Set([...namesIn(parents.running), ...namesIn(parents.stored)]);
    const directories = [...ids].map((id) => new BuildDirectory(parents, id));
    return directories.filter((directory) => !directory.#isOwned());
  }

  /** A new directory for mounts and small files, mode 0700. */
  make(...names: string[]): string {
    return makeDirectory(join(this.#running, ...names));
  }

  /** A new directory on the store's disk, mode 0700. */
  makeStored(...names: string[]): string {
    return makeDirectory(join(this.#stored, ...names));
  }

  /** The names of what was made inside one of its directories. */
  list(name: string): string[] {
    return namesIn(join(this.#running, name));
  }

  /** Unmounts what is mounted inside, then removes it; never while anything is still mounted. */
  [Symbol.dispose](): void {
    rmSync(this.#stored, { recursive: true, force: true });
    if (!existsSync(this.#running)) return;
    const path = realpathSync(this.#running);
    for (const { target } of mountsUnder(path)) unmount(target, { detach: true });
    const left = mountsUnder(path)[0];
    if (left !== undefined) fail("internal", `${left.target} is still mounted: unmount it by hand`);
    rmSync(path, { recursive: true, force: true });
  }

  #isOwned(): boolean {
    const owner = readOwner(join(this.#running, OWNER_FILE));
    return owner !== undefined && owner.boot === bootId() && isAlive(owner.pid, owner.start);
  }
}

function makeDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Undefined for a directory that its maker did not finish. */
function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

/** The places of builds in a store, and in the directory that it has until the next boot. */
export function buildDirectories(
  root: string,
  runtimeDirectory = root,
): { directories: BuildDirectories; locks: string } {
  const running = join(runtimeDirectory, "builds");
  return { directories: { running, stored: join(root, "contexts") }, locks: join(root, "locks") };
}
