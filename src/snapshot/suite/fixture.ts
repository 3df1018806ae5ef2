import { Database } from "bun:sqlite";
import { afterEach, beforeEach } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mount, mountAll, mountsUnder, unmount, unmountAll } from "#kernel";
import { type ChainId, digestOf } from "#oci";
import { openState, type State } from "#state";
import {
  createSnapshotter,
  type DriverName,
  type Snapshotter,
  type SnapshotterOptions,
} from "../index.ts";
import { directory, file, layerTar, stack } from "../testdata/layer-tar.ts";

/** A chain that no test unpacks. */
export const ABSENT = digestOf("absent") as ChainId;

/** The program in which another process unpacks. */
export const CHILD = join(import.meta.dir, "../testdata/unpacker.ts");

export const BASE = layerTar(
  directory("etc", { mode: 0o750 }),
  file("etc/passwd", "root"),
  file("etc/old", "old"),
  directory("var/log"),
  file("var/log/a", "a"),
  file("var/log/b", "b"),
);

/** A store of its own for every test, with one driver. */
export class Fixture {
  readonly driver: DriverName;
  readonly #source: SnapshotterOptions["source"];
  root!: string;
  state!: State;
  snapshotter!: Snapshotter;

  constructor(driver: DriverName, source: SnapshotterOptions["source"]) {
    this.driver = driver;
    this.#source = source;
    beforeEach(async () => {
      this.root = mkdtempSync(join(tmpdir(), "shale-snapshot-"));
      this.state = openState(this.root);
      this.snapshotter = await this.another();
    });
    afterEach(() => {
      this.state[Symbol.dispose]();
      for (const { target } of mountsUnder(this.root)) unmount(target, { detach: true });
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  /** One more snapshotter of the same store. */
  async another(driver = this.driver): Promise<Snapshotter> {
    const { root, state } = this;
    const runtimeDirectory = join(root, "run");
    const source = this.#source;
    return await createSnapshotter({
      ...{ root, runtimeDirectory, state, driver, rootless: false },
      ...(source && { source }),
    });
  }

  /** Unpacks a stack of layers, lowest first; gives its chain. */
  async unpack(...tars: Uint8Array[]): Promise<ChainId> {
    const layers = stack(...tars);
    for (const layer of layers) await this.snapshotter.unpack(layer);
    return layers.at(-1)!.chain;
  }

  directories(): string[] {
    return readdirSync(join(this.root, "snapshots"));
  }

  /** Changes the records behind the store's back. */
  alter(sql: string): void {
    using raw = new Database(join(this.root, "db.sqlite"));
    raw.run(sql);
  }

  /** Makes every snapshot that is not settled one of another boot of the machine. */
  reboot(): void {
    this.alter("UPDATE snapshots SET boot = 'earlier' WHERE boot IS NOT NULL");
  }
}

/** Runs `work` in the mounted tree. */
export async function within<T>(
  mounts: Mount[],
  work: (tree: string) => T | Promise<T>,
): Promise<T> {
  const target = mkdtempSync(join(tmpdir(), "shale-mounted-"));
  try {
    mountAll(mounts, target);
    try {
      return await work(target);
    } finally {
      unmountAll(mounts, target);
    }
  } finally {
    rmSync(target, { recursive: true });
  }
}

/** What a mounted tree holds. */
export async function listed(mounts: Mount[]): Promise<Record<string, string>> {
  return await within(mounts, listTree);
}

/** Every name of a tree with its content. */
export function listTree(tree: string): Record<string, string> {
  const entries = readdirSync(tree, { recursive: true, withFileTypes: true });
  const listed = entries.map((entry): [string, string] => {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? readFileSync(path, "utf8") : kindOfEntry(entry);
    return [path.slice(tree.length + 1), content];
  });
  return Object.fromEntries(listed.sort(([one], [two]) => (one < two ? -1 : 1)));
}

function kindOfEntry(entry: { isDirectory(): boolean }): string {
  return entry.isDirectory() ? "directory" : "other";
}
