import { describe, expect, test } from "bun:test";
import { chmodSync, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf, collect } from "#bytes";
import { kindOf } from "#errors";
import { getXattr, setXattr } from "#kernel";
import { type ChainId, chainOf, type DiffId, digestOf } from "#oci";
import { stack } from "../testdata/layer-tar.ts";
import { ABSENT, BASE, type Fixture, listed, listTree, within } from "./fixture.ts";

/** Writable snapshots: what they change, and what becomes of them. */
export function activeSuite(fixture: Fixture): void {
  const { driver } = fixture;
  describe(`the ${driver} driver: active snapshots (needs root)`, () => {
    test("what was changed comes out as a layer that makes the same tree again", async () => {
      const base = await fixture.unpack(BASE);
      const active = await fixture.snapshotter.prepare(base);
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
      const again = await fixture.unpack(BASE, tar);
      await within(fixture.snapshotter.view(again), (tree) => {
        expect(listTree(tree)).toEqual(changed);
        expect(statSync(join(tree, "one")).ino).toBe(statSync(join(tree, "two")).ino);
        expect(getXattr(join(tree, "one"), "user.test")).toEqual(Uint8Array.of(0, 255));
        expect(statSync(join(tree, "var")).mode & 0o7777).toBe(0o700);
      });
    });

    test("committed, it is the snapshot of its chain and can be stood on", async () => {
      const base = await fixture.unpack(BASE);
      const active = await fixture.snapshotter.prepare(base);
      await within(active.mounts({ volatile: true }), (tree) => rmSync(join(tree, "etc/old")));
      const tar = await collect(active.diff(), 1 << 20);
      const chain = chainOf(base, digestOf(tar) as DiffId);
      await active.commit({ chain, parent: base, tar: () => chunksOf(tar) });
      expect(fixture.snapshotter.has(chain)).toBe(true);
      expect(await listed(fixture.snapshotter.view(chain))).not.toHaveProperty("etc/old");
      const next = await fixture.snapshotter.prepare(chain);
      expect(await listed(next.mounts())).not.toHaveProperty("etc/old");
      expect(() => fixture.snapshotter.active(active.key)).toThrow("no active snapshot");
    });

    test("committed as a chain that is here already, it is removed", async () => {
      const base = await fixture.unpack(BASE);
      const active = await fixture.snapshotter.prepare(undefined);
      await active.commit(stack(BASE)[0]!);
      expect(fixture.state.snapshots.list()).toHaveLength(1);
      expect(fixture.directories()).toHaveLength(1);
      expect(await listed(fixture.snapshotter.view(base))).toHaveProperty("etc/old");
    });

    test("on nothing at all", async () => {
      const active = await fixture.snapshotter.prepare(undefined);
      await within(active.mounts(), (tree) => writeFileSync(join(tree, "hello"), "hi"));
      const tar = await collect(active.diff(), 1 << 20);
      const chain = digestOf(tar) as ChainId;
      await active.commit({ chain, parent: undefined, tar: () => chunksOf(tar) });
      expect(await listed(fixture.snapshotter.view(chain))).toEqual({ hello: "hi" });
    });

    test("a later process finds it by its key", async () => {
      const base = await fixture.unpack(BASE);
      const made = await fixture.snapshotter.prepare(base, "box");
      await within(made.mounts(), (tree) => writeFileSync(join(tree, "kept"), "yes"));
      const other = await fixture.another();
      const found = other.active("box");
      expect(found.parent).toBe(base);
      expect(await listed(found.mounts())).toHaveProperty("kept", "yes");
      await found.remove();
      expect(() => fixture.snapshotter.active("box")).toThrow("no active snapshot");
    });

    test("a key is given once, and a parent must be here", async () => {
      await fixture.snapshotter.prepare(undefined, "box");
      expect(await fixture.snapshotter.prepare(undefined, "box").catch(kindOf)).toBe(
        "already-exists",
      );
      expect(await fixture.snapshotter.prepare(ABSENT).catch(kindOf)).toBe("failed-precondition");
      expect(fixture.state.snapshots.list()).toHaveLength(1);
    });
  });
}
