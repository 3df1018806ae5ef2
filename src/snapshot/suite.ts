import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chunksOf, collect } from "#bytes";
import { kindOf } from "#errors";
import { getXattr, type Mount, mountAll, setXattr, unmountAll } from "#kernel";
import { type ChainId, chainOf, type DiffId, type Digest, digestOf } from "#oci";
import { openState, type State } from "#state";
import { createSnapshotter, type DriverName, type Snapshotter } from "./index.ts";
import { directory, file, layerTar, stack } from "./testdata/layer-tar.ts";

const ABSENT = digestOf("absent") as ChainId;
const CHILD = join(import.meta.dir, "testdata/unpacker.ts");

const BASE = layerTar(
  directory("etc", { mode: 0o750 }),
  file("etc/passwd", "root"),
  file("etc/old", "old"),
  directory("var/log"),
  file("var/log/a", "a"),
  file("var/log/b", "b"),
);

/** What every driver does; needs root. */
export function snapshotterSuite(driver: DriverName): void {
  let root: string;
  let state: State;
  let snapshotter: Snapshotter;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "shale-snapshot-"));
    state = openState(root);
    snapshotter = await createSnapshotter({ root, state, rootless: false, driver });
  });
  afterEach(() => {
    state[Symbol.dispose]();
    rmSync(root, { recursive: true, force: true });
  });

  /** Runs `work` in the mounted tree. */
  async function within<T>(mounts: Mount[], work: (tree: string) => T | Promise<T>): Promise<T> {
    const target = mkdtempSync(join(tmpdir(), "shale-mounted-"));
    mountAll(mounts, target);
    try {
      return await work(target);
    } finally {
      unmountAll(mounts, target);
      rmSync(target, { recursive: true });
    }
  }

  async function unpack(...tars: Uint8Array[]): Promise<ChainId> {
    const layers = stack(...tars);
    for (const layer of layers) await snapshotter.unpack(layer);
    return layers.at(-1)!.chain;
  }

  const listed = (mounts: Mount[]) => within(mounts, listTree);
  const directories = () =>
    readdirSync(join(root, "snapshots"), { withFileTypes: true }).map((entry) => entry.name);

  /** Makes every snapshot one of another boot of the machine. */
  function reboot(): void {
    using raw = new Database(join(root, "db.sqlite"));
    raw.run("UPDATE snapshots SET boot = 'earlier' WHERE boot IS NOT NULL");
  }

  describe(`the ${driver} driver: layers (needs root)`, () => {
    test("a layer becomes a tree that cannot be written", async () => {
      const chain = await unpack(BASE);
      expect(snapshotter.has(chain)).toBe(true);
      await within(snapshotter.view(chain), (tree) => {
        expect(listTree(tree)).toEqual({
          etc: "directory",
          "etc/old": "old",
          "etc/passwd": "root",
          var: "directory",
          "var/log": "directory",
          "var/log/a": "a",
          "var/log/b": "b",
        });
        expect(() => writeFileSync(join(tree, "x"), "")).toThrow("EROFS");
      });
    });

    test("upper layers remove, replace and make opaque", async () => {
      const chain = await unpack(
        BASE,
        layerTar(
          file("etc/.wh.old"),
          file("etc/passwd", "changed"),
          directory("var/log"),
          file("var/log/.wh..wh..opq"),
          file("var/log/c", "c"),
        ),
        layerTar(file("etc/old", "again"), file("var/log/.wh.c")),
      );
      expect(await listed(snapshotter.view(chain))).toEqual({
        etc: "directory",
        "etc/old": "again",
        "etc/passwd": "changed",
        var: "directory",
        "var/log": "directory",
      });
    });

    test("a directory that a layer has no entry for keeps its attributes", async () => {
      const chain = await unpack(BASE, layerTar(file("etc/new", "new")));
      const mode = await within(
        snapshotter.view(chain),
        (tree) => statSync(join(tree, "etc")).mode,
      );
      expect(mode & 0o7777).toBe(0o750);
    });

    test("the root's own attributes stay when upper layers say nothing of them", async () => {
      const chain = await unpack(
        layerTar(directory(".", { mode: 0o711, uid: 7 }), file("a")),
        layerTar(file("b")),
      );
      const attributes = (tree: string) => {
        const { mode, uid } = statSync(tree);
        return { mode: mode & 0o7777, uid };
      };
      const expected = { mode: 0o711, uid: 7 };
      expect(await within(snapshotter.view(chain), attributes)).toEqual(expected);
      const active = await snapshotter.prepare(chain);
      expect(await within(active.mounts(), attributes)).toEqual(expected);
    });

    test("a whiteout in the lowest layer means nothing", async () => {
      const chain = await unpack(layerTar(directory("etc"), file("etc/.wh.gone"), file("etc/a")));
      expect(await listed(snapshotter.view(chain))).toEqual({ etc: "directory", "etc/a": "" });
    });

    test("120 layers", async () => {
      const tars = Array.from({ length: 120 }, (_, at) =>
        layerTar(file(`f${at}`, String(at)), file("top", String(at)), file(`.wh.f${at - 2}`)),
      );
      const chain = await unpack(...tars);
      expect(snapshotter.has(chain)).toBe(true);
      const expected = { f118: "118", f119: "119", top: "119" };
      expect(await listed(snapshotter.view(chain))).toEqual(expected);
      const active = await snapshotter.prepare(chain);
      expect(await listed(active.mounts())).toEqual(expected);
    });

    test("a failed layer leaves nothing", async () => {
      const [layer] = stack(BASE);
      const broken = { ...layer!, tar: () => chunksOf(BASE.subarray(0, 1500)) };
      await expect(snapshotter.unpack(broken)).rejects.toThrow();
      expect(snapshotter.has(layer!.chain)).toBe(false);
      expect([state.snapshots.list(), directories()]).toEqual([[], []]);
      expect(state.leases.held()).toEqual([]);
      await snapshotter.unpack(layer!);
      expect(snapshotter.has(layer!.chain)).toBe(true);
    });

    test("a cancelled layer leaves nothing", async () => {
      const [layer] = stack(BASE);
      const signal = AbortSignal.abort();
      const failure = await snapshotter.unpack({ ...layer!, signal }).catch(kindOf);
      expect(failure).toBe("cancelled");
      expect(state.snapshots.list()).toEqual([]);
    });

    test("a layer whose parent is not here is refused", async () => {
      const [, upper] = stack(BASE, layerTar(file("x")));
      expect(await snapshotter.unpack(upper!).catch(kindOf)).toBe("failed-precondition");
      expect(state.snapshots.list()).toEqual([]);
    });

    test("asked for several times at once, a chain is unpacked once", async () => {
      const [layer] = stack(BASE);
      let read = 0;
      const tar = () => {
        read++;
        return chunksOf(BASE);
      };
      const other = await createSnapshotter({ root, state, rootless: false, driver });
      const all = [snapshotter, other, snapshotter].map((one) => one.unpack({ ...layer!, tar }));
      await Promise.all(all);
      expect(read).toBe(1);
      expect(directories()).toHaveLength(1);
    });

    test("two processes unpack a chain once", async () => {
      const children = ["one", "two"].map(() =>
        Bun.spawn([process.execPath, CHILD, root, driver, "whole"], { stdout: "pipe" }),
      );
      const said = await Promise.all(children.map((child) => new Response(child.stdout).text()));
      expect(said.join("").match(/unpacked/g)).toHaveLength(1);
      expect(state.snapshots.list()).toHaveLength(1);
    });
  });

  describe(`the ${driver} driver: active snapshots (needs root)`, () => {
    test("what was changed comes out as a layer that makes the same tree again", async () => {
      const base = await unpack(BASE);
      const active = await snapshotter.prepare(base);
      const changed = await within(active.mounts(), (tree) => {
        rmSync(join(tree, "etc/old"));
        writeFileSync(join(tree, "etc/passwd"), "changed");
        rmSync(join(tree, "var/log"), { recursive: true });
        mkdirSync(join(tree, "var/log"));
        writeFileSync(join(tree, "var/log/new"), "new");
        // By a tool that copies what cannot be renamed, as a container would.
        Bun.spawnSync(["mv", join(tree, "etc"), join(tree, "conf")]);
        writeFileSync(join(tree, "one"), "linked");
        linkSync(join(tree, "one"), join(tree, "two"));
        setXattr(join(tree, "one"), "user.test", Uint8Array.of(0, 255));
        chmodSync(join(tree, "var"), 0o700);
        return listTree(tree);
      });
      const tar = await collect(active.diff(), 1 << 20);
      expect(await collect(active.diff(), 1 << 20)).toEqual(tar);
      const again = await unpack(BASE, tar);
      await within(snapshotter.view(again), (tree) => {
        expect(listTree(tree)).toEqual(changed);
        expect(statSync(join(tree, "one")).ino).toBe(statSync(join(tree, "two")).ino);
        expect(getXattr(join(tree, "one"), "user.test")).toEqual(Uint8Array.of(0, 255));
        expect(statSync(join(tree, "var")).mode & 0o7777).toBe(0o700);
      });
    });

    test("committed, it is the snapshot of its chain and can be stood on", async () => {
      const base = await unpack(BASE);
      const active = await snapshotter.prepare(base);
      await within(active.mounts({ volatile: true }), (tree) => rmSync(join(tree, "etc/old")));
      const tar = await collect(active.diff(), 1 << 20);
      const chain = chainOf(base, digestOf(tar) as DiffId);
      await active.commit(chain);
      expect(snapshotter.has(chain)).toBe(true);
      expect(await listed(snapshotter.view(chain))).not.toHaveProperty("etc/old");
      const next = await snapshotter.prepare(chain);
      expect(await listed(next.mounts())).not.toHaveProperty("etc/old");
      expect(() => snapshotter.active(active.key)).toThrow("no active snapshot");
    });

    test("committed as a chain that is here already, it is removed", async () => {
      const base = await unpack(BASE);
      const active = await snapshotter.prepare(undefined);
      await active.commit(base);
      expect(state.snapshots.list()).toHaveLength(1);
      expect(directories()).toHaveLength(1);
      expect(await listed(snapshotter.view(base))).toHaveProperty("etc/old");
    });

    test("on nothing at all", async () => {
      const active = await snapshotter.prepare(undefined);
      await within(active.mounts(), (tree) => writeFileSync(join(tree, "hello"), "hi"));
      const tar = await collect(active.diff(), 1 << 20);
      const chain = digestOf(tar) as ChainId;
      await active.commit(chain);
      expect(await listed(snapshotter.view(chain))).toEqual({ hello: "hi" });
    });

    test("a later process finds it by its key", async () => {
      const base = await unpack(BASE);
      const made = await snapshotter.prepare(base, "box");
      await within(made.mounts(), (tree) => writeFileSync(join(tree, "kept"), "yes"));
      const other = await createSnapshotter({ root, state, rootless: false, driver });
      const found = other.active("box");
      expect(found.parent).toBe(base);
      expect(await listed(found.mounts())).toHaveProperty("kept", "yes");
      await found.remove();
      expect(() => snapshotter.active("box")).toThrow("no active snapshot");
    });

    test("a key is given once, and a parent must be here", async () => {
      await snapshotter.prepare(undefined, "box");
      expect(await snapshotter.prepare(undefined, "box").catch(kindOf)).toBe("already-exists");
      expect(await snapshotter.prepare(ABSENT).catch(kindOf)).toBe("failed-precondition");
      expect(state.snapshots.list()).toHaveLength(1);
    });
  });

  describe(`the ${driver} driver: housekeeping (needs root)`, () => {
    test("a snapshot is not removed while another one stands on it", async () => {
      const [lower, upper] = stack(BASE, layerTar(file("x")));
      await unpack(BASE, layerTar(file("x")));
      const active = await snapshotter.prepare(upper!.chain);
      expect(await snapshotter.remove(lower!.chain).catch(kindOf)).toBe("conflict");
      expect(await snapshotter.remove(upper!.chain).catch(kindOf)).toBe("conflict");
      await active.remove();
      await snapshotter.remove(upper!.chain);
      await snapshotter.remove(lower!.chain);
      await snapshotter.remove(ABSENT);
      expect([state.snapshots.list(), directories()]).toEqual([[], []]);
    });

    test("usage is what du says", async () => {
      const linked = layerTar(
        file("big", "x".repeat(100_000)),
        { path: "link", type: "hardlink", linkPath: "big" },
        directory("d"),
        file("d/small", "y"),
      );
      const chain = await unpack(linked);
      const [row] = state.snapshots.list();
      const counted = Bun.spawnSync(["du", "-s", "-B1", join(root, "snapshots", String(row!.id))]);
      const expected = Number.parseInt(counted.stdout.toString(), 10);
      expect(expected).toBeGreaterThan(100_000);
      expect(await snapshotter.usage(chain)).toBe(expected);
      expect(await snapshotter.usage(ABSENT).catch(kindOf)).toBe("not-found");
    });

    test("after another boot only settled snapshots are trusted, others made again", async () => {
      const [lower, upper] = stack(BASE, layerTar(file("x", "x")));
      await snapshotter.unpack(lower!);
      await snapshotter.settle();
      await snapshotter.unpack(upper!);
      reboot();
      expect([snapshotter.has(lower!.chain), snapshotter.has(upper!.chain)]).toEqual([true, false]);
      expect(() => snapshotter.view(upper!.chain)).toThrow("not unpacked");
      await snapshotter.unpack(upper!);
      expect(await listed(snapshotter.view(upper!.chain))).toHaveProperty("x", "x");
      expect(directories()).toHaveLength(2);
    });

    test("a container's active snapshot outlives a lower one that is made again", async () => {
      const [layer] = stack(BASE);
      const base = await unpack(BASE);
      const active = await snapshotter.prepare(base, "box");
      await within(active.mounts(), (tree) => writeFileSync(join(tree, "kept"), "yes"));
      reboot();
      expect(() => active.mounts()).toThrow("unpack it first");
      await snapshotter.unpack(layer!);
      expect(await listed(active.mounts())).toHaveProperty("kept", "yes");
    });

    test("a chain whose directory is gone is not here", async () => {
      const [layer] = stack(BASE);
      const chain = await unpack(BASE);
      rmSync(join(root, "snapshots", directories()[0]!), { recursive: true });
      expect(snapshotter.has(chain)).toBe(false);
      await snapshotter.unpack(layer!);
      expect(snapshotter.has(chain)).toBe(true);
    });

    test("repair removes what is of no use and nothing else", async () => {
      const [useful] = stack(BASE);
      const distrusted = await unpack(layerTar(file("distrusted")));
      reboot();
      const chain = await unpack(BASE);
      await snapshotter.prepare(chain, "living");
      const image: Digest | undefined = undefined;
      const row = { name: "n", image, status: "exited", created: 0, record: "{}" };
      state.containers.create({ ...row, id: "box" });
      using other = openState(root);
      await (await createSnapshotter({ root, state: other, rootless: false, driver })).prepare(
        chain,
        "box",
      );
      using raw = new Database(join(root, "db.sqlite"));
      raw.run("DELETE FROM holds WHERE key = 'box'");
      await snapshotter.prepare(undefined, "orphan");
      raw.run("DELETE FROM holds WHERE key = 'orphan'");
      mkdirSync(join(root, "snapshots/777/fs"), { recursive: true });
      mkdirSync(join(root, "snapshots/removed-778/fs"), { recursive: true });
      await snapshotter.repair();
      const keys = state.snapshots.list().map(({ key }) => key);
      expect(keys.sort()).toEqual(["box", "living", useful!.chain].sort());
      expect(directories()).toHaveLength(3);
      expect(snapshotter.has(distrusted)).toBe(false);
    });

    test("kill -9 in the middle of unpacking: repair removes it, and it can be done again", async () => {
      const child = Bun.spawn([process.execPath, CHILD, root, driver, "stuck"], { stdout: "pipe" });
      await child.stdout.getReader().read();
      await snapshotter.repair();
      expect(directories()).toHaveLength(1);
      child.kill(9);
      await child.exited;
      expect(state.snapshots.list()).toHaveLength(1);
      await snapshotter.repair();
      expect([state.snapshots.list(), directories()]).toEqual([[], []]);
      const chain = await unpack(BASE);
      expect(snapshotter.has(chain)).toBe(true);
    });

    test("what another driver has unpacked is not here, but can be removed", async () => {
      const other: DriverName = driver === "overlay" ? "copy" : "overlay";
      const its = await createSnapshotter({ root, state, rootless: false, driver: other });
      const [layer] = stack(BASE);
      await its.unpack(layer!);
      expect(snapshotter.has(layer!.chain)).toBe(false);
      const active = await its.prepare(layer!.chain, "box");
      expect(await listed(snapshotter.active("box").mounts())).toHaveProperty("etc/old");
      await snapshotter.unpack(layer!);
      expect(snapshotter.has(layer!.chain)).toBe(true);
      await active.remove();
      await snapshotter.remove(layer!.chain);
      expect([state.snapshots.list(), directories()]).toEqual([[], []]);
    });

    test("removed inside a transaction that fails, it is made again when needed", async () => {
      const chain = await unpack(BASE);
      const removals: Promise<void>[] = [];
      const work = () => {
        removals.push(snapshotter.remove(chain));
        throw new Error("taken back");
      };
      expect(() => state.transaction(work)).toThrow("taken back");
      await Promise.all(removals);
      expect(snapshotter.has(chain)).toBe(false);
      await unpack(BASE);
      expect(snapshotter.has(chain)).toBe(true);
    });
  });
}

/** Every name of a tree with its content. */
function listTree(tree: string): Record<string, string> {
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
