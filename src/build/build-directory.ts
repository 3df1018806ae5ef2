import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import { bootId, isAlive, mountsUnder, processStart, unmount } from "#kernel";

/** Who works in a build directory. */
interface Owner {
  readonly pid: number;
  readonly start: number;
  readonly boot: string;
}

const OWNER_FILE = "owner.json";

/**
 * A directory for what a running build mounts and starts. It says which process it belongs to,
 * so that a later one can clear up after a kill -9.
 */
export class BuildDirectory implements Disposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static create(parent: string): BuildDirectory {
    const path = join(parent, randomBytes(6).toString("hex"));
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { pid } = process;
    const owner: Owner = { pid, start: processStart(pid) ?? 0, boot: bootId() };
    writeFileSync(join(path, OWNER_FILE), JSON.stringify(owner));
    return new BuildDirectory(path);
  }

  /** The directories of builds whose process is gone. */
  static abandoned(parent: string): BuildDirectory[] {
    if (!existsSync(parent)) return [];
    const directories = readdirSync(parent).map((name) => new BuildDirectory(join(parent, name)));
    return directories.filter((directory) => !directory.isOwned());
  }

  /** A new directory inside, mode 0700. */
  make(...names: string[]): string {
    const path = join(this.path, ...names);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** The names of what was made inside one of its directories. */
  list(name: string): string[] {
    const path = join(this.path, name);
    return existsSync(path) ? readdirSync(path) : [];
  }

  isOwned(): boolean {
    const owner = readOwner(join(this.path, OWNER_FILE));
    return owner !== undefined && owner.boot === bootId() && isAlive(owner.pid, owner.start);
  }

  /** Unmounts what is mounted inside, then removes it; never while anything is still mounted. */
  [Symbol.dispose](): void {
    if (!existsSync(this.path)) return;
    const path = realpathSync(this.path);
    for (const { target } of mountsUnder(path)) unmount(target, { detach: true });
    const left = mountsUnder(path)[0];
    if (left !== undefined) fail("internal", `${left.target} is still mounted: unmount it by hand`);
    rmSync(path, { recursive: true, force: true });
  }
}

/** Undefined for a directory that its maker did not finish. */
function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}
