import { describe, expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import { kindOf } from "#errors";
import { directory, file, layerTar, stack } from "../testdata/layer-tar.ts";
import { BASE, CHILD, type Fixture, listed, listTree, within } from "./fixture.ts";

/** Making trees out of layers. */
export function layersSuite(fixture: Fixture): void {
  const { driver } = fixture;
  describe(`the ${driver} driver: layers (needs root)`, () => {
    test("a layer becomes a tree that cannot be written", async () => {
      const chain = await fixture.unpack(BASE);
      expect(fixture.snapshotter.has(chain)).toBe(true);
      await within(fixture.snapshotter.view(chain), (tree) => {
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
      const chain = await fixture.unpack(
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
      expect(await listed(fixture.snapshotter.view(chain))).toEqual({
        etc: "directory",
        "etc/old": "again",
        "etc/passwd": "changed",
        var: "directory",
        "var/log": "directory",
      });
    });

    test("a directory that a layer has no entry for keeps its attributes", async () => {
      const chain = await fixture.unpack(BASE, layerTar(file("etc/new", "new")));
      const mode = await within(
        fixture.snapshotter.view(chain),
        (tree) => statSync(join(tree, "etc")).mode,
      );
      expect(mode & 0o7777).toBe(0o750);
    });

    test("the root's own attributes stay when upper layers say nothing of them", async () => {
      const chain = await fixture.unpack(
        layerTar(directory(".", { mode: 0o711, uid: 7 }), file("a")),
        layerTar(file("b")),
      );
      const attributes = (tree: string) => {
        const { mode, uid } = statSync(tree);
        return { mode: mode & 0o7777, uid };
      };
      const expected = { mode: 0o711, uid: 7 };
      expect(await within(fixture.snapshotter.view(chain), attributes)).toEqual(expected);
      const active = await fixture.snapshotter.prepare(chain);
      expect(await within(active.mounts(), attributes)).toEqual(expected);
    });

    test("a whiteout in the lowest layer means nothing", async () => {
      const chain = await fixture.unpack(
        layerTar(directory("etc"), file("etc/.wh.gone"), file("etc/a")),
      );
      expect(await listed(fixture.snapshotter.view(chain))).toEqual({
        etc: "directory",
        "etc/a": "",
      });
    });

    test("120 layers", async () => {
      const tars = Array.from({ length: 120 }, (_, at) =>
        layerTar(file(`f${at}`, String(at)), file("top", String(at)), file(`.wh.f${at - 2}`)),
      );
      const chain = await fixture.unpack(...tars);
      expect(fixture.snapshotter.has(chain)).toBe(true);
      const expected = { f118: "118", f119: "119", top: "119" };
      expect(await listed(fixture.snapshotter.view(chain))).toEqual(expected);
      const active = await fixture.snapshotter.prepare(chain);
      expect(await listed(active.mounts())).toEqual(expected);
    });

    test("a failed layer leaves nothing", async () => {
      const [layer] = stack(BASE);
      const broken = { ...layer!, tar: () => chunksOf(BASE.subarray(0, 1500)) };
      await expect(fixture.snapshotter.unpack(broken)).rejects.toThrow();
      expect(fixture.snapshotter.has(layer!.chain)).toBe(false);
      expect([fixture.state.snapshots.list(), fixture.directories()]).toEqual([[], []]);
      expect(fixture.state.leases.held()).toEqual([]);
      await fixture.snapshotter.unpack(layer!);
      expect(fixture.snapshotter.has(layer!.chain)).toBe(true);
    });

    test("a cancelled layer leaves nothing", async () => {
      const [layer] = stack(BASE);
      const signal = AbortSignal.abort();
      const failure = await fixture.snapshotter.unpack({ ...layer!, signal }).catch(kindOf);
      expect(failure).toBe("cancelled");
      expect(fixture.state.snapshots.list()).toEqual([]);
    });

    test("a layer whose parent is not here is refused", async () => {
      const [, upper] = stack(BASE, layerTar(file("x")));
      expect(await fixture.snapshotter.unpack(upper!).catch(kindOf)).toBe("failed-precondition");
      expect(fixture.state.snapshots.list()).toEqual([]);
    });

    test("asked for several times at once, a chain is unpacked once", async () => {
      const [layer] = stack(BASE);
      let read = 0;
      const tar = () => {
        read++;
        return chunksOf(BASE);
      };
      const other = await fixture.another();
      const all = [fixture.snapshotter, other, fixture.snapshotter].map((one) =>
        one.unpack({ ...layer!, tar }),
      );
      await Promise.all(all);
      expect(read).toBe(1);
      expect(fixture.directories()).toHaveLength(1);
    });

    test("two processes unpack a chain once", async () => {
      const children = ["one", "two"].map(() =>
        Bun.spawn([process.execPath, CHILD, fixture.root, driver, "whole"], { stdout: "pipe" }),
      );
      const said = await Promise.all(children.map((child) => new Response(child.stdout).text()));
      expect(said.join("").match(/unpacked/g)).toHaveLength(1);
      expect(fixture.state.snapshots.list()).toHaveLength(1);
    });
  });
}
