import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KindedError } from "#errors";
import { AT_FDCWD, listXattrs, mountAll, mountsUnder, statAt, unmount, unmountAll } from "#kernel";
import { createSnapshotter, type DriverName, type Snapshotter } from "#snapshot";
import { openState, type State } from "#state";
import { listTree } from "../../src/layer/testdata/fixture.ts";
import { stack } from "../../src/snapshot/testdata/layer-tar.ts";

/** A store with one driver, that shows stacks of layers one after the other. Needs root. */
export class StackBench implements Disposable {
  readonly driver: DriverName;
  readonly #root: string;
  readonly #state: State;
  readonly #snapshotter: Snapshotter;

  private constructor(driver: DriverName, root: string, state: State, snapshotter: Snapshotter) {
    this.driver = driver;
    this.#root = root;
    this.#state = state;
    this.#snapshotter = snapshotter;
  }

  static async open(driver: DriverName): Promise<StackBench> {
    const root = mkdtempSync(join(tmpdir(), "shale-stacks-"));
    mkdirSync(join(root, "merged"));
    const state = openState(root);
    const options = { root, runtimeDirectory: join(root, "run"), state, driver, rootless: false };
    return new StackBench(driver, root, state, await createSnapshotter(options));
  }

  /** All there is to say of the tree that a stack shows, or that it fails. */
  async shown(tars: readonly Uint8Array[]): Promise<string[]> {
    const layers = stack(...tars);
    try {
      for (const layer of layers) await this.#snapshotter.unpack(layer);
      return this.#listed(this.#snapshotter.view(layers.at(-1)!.chain));
    } catch (error) {
      if (!(error instanceof KindedError)) throw error;
      return ["it fails"];
    } finally {
      for (const { chain } of layers.reverse()) await this.#snapshotter.remove(chain);
    }
  }

  #listed(mounts: Parameters<typeof mountAll>[0]): string[] {
    const merged = join(this.#root, "merged");
    mountAll(mounts, merged);
    try {
      // Not its time: a root without an entry has that of its directory's making, or none.
      const xattrs = listXattrs(merged)
        .filter((name) => !name.includes(".overlay."))
        .sort();
      const { mode, uid, gid } = statAt(AT_FDCWD, merged)!;
      return [`/ ${mode.toString(8)} ${uid}:${gid} ${xattrs}`, ...listTree(merged)];
    } finally {
      unmountAll(mounts, merged);
    }
  }

  [Symbol.dispose](): void {
    this.#state[Symbol.dispose]();
    for (const { target } of mountsUnder(this.#root)) unmount(target, { detach: true });
    rmSync(this.#root, { recursive: true, force: true });
  }
}
