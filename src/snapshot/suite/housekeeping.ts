import { describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kindOf } from "#errors";
import type { DriverName } from "../index.ts";
import { directory, file, layerTar, stack } from "../testdata/layer-tar.ts";
import { ABSENT, BASE, CHILD, type Fixture, listed, within } from "./fixture.ts";

/** Removal, disk usage, power cuts and kill -9. */
export function housekeepingSuite(fixture: Fixture): void {
  const { driver } = fixture;
  describe(`the ${driver} driver: housekeeping (needs root)`, () => {
    test("a snapshot is not removed while another one stands on it", async () => {
      const [lower, upper] = stack(BASE, layerTar(file("x")));
      await fixture.unpack(BASE, layerTar(file("x")));
      const active = await fixture.snapshotter.prepare(upper!.chain);
      expect(await fixture.snapshotter.remove(lower!.chain).catch(kindOf)).toBe("conflict");
      expect(await fixture.snapshotter.remove(upper!.chain).catch(kindOf)).toBe("conflict");
      await active.remove();
      await fixture.snapshotter.remove(upper!.chain);
      await fixture.snapshotter.remove(lower!.chain);
      await fixture.snapshotter.remove(ABSENT);
      expect([fixture.state.snapshots.list(), fixture.directories()]).toEqual([[], []]);
    });

    test("usage is what du says", async () => {
      const linked = layerTar(
        file("big", "x".repeat(100_000)),
        { path: "link", type: "hardlink", linkPath: "big" },
        directory("d"),
        file("d/small", "y"),
      );
      const chain = await fixture.unpack(linked);
      const [row] = fixture.state.snapshots.list();
      const counted = Bun.spawnSync([
        "du",
        "-s",
        "-B1",
        join(fixture.root, "snapshots", String(row!.id)),
      ]);
      const expected = Number.parseInt(counted.stdout.toString(), 10);
      expect(expected).toBeGreaterThan(100_000);
      expect(await fixture.snapshotter.usage(chain)).toBe(expected);
      expect(await fixture.snapshotter.usage(ABSENT).catch(kindOf)).toBe("not-found");
    });

    test("after another boot only settled snapshots are trusted, others made again", async () => {
      const [lower, upper] = stack(BASE, layerTar(file("x", "x")));
      await fixture.snapshotter.unpack(lower!);
      await fixture.snapshotter.settle();
      await fixture.snapshotter.unpack(upper!);
      fixture.reboot();
      expect([
        fixture.snapshotter.has(lower!.chain),
        fixture.snapshotter.has(upper!.chain),
      ]).toEqual([true, false]);
      expect(() => fixture.snapshotter.view(upper!.chain)).toThrow("not unpacked");
      await fixture.snapshotter.unpack(upper!);
      expect(await listed(fixture.snapshotter.view(upper!.chain))).toHaveProperty("x", "x");
      expect(fixture.directories()).toHaveLength(2);
    });

    test("a container's active snapshot outlives a lower one that is made again", async () => {
      const [layer] = stack(BASE);
      const base = await fixture.unpack(BASE);
      const active = await fixture.snapshotter.prepare(base, "box");
      await within(active.mounts(), (tree) => writeFileSync(join(tree, "kept"), "yes"));
      fixture.reboot();
      expect(() => active.mounts()).toThrow("unpack it first");
      await fixture.snapshotter.unpack(layer!);
      expect(await listed(active.mounts())).toHaveProperty("kept", "yes");
    });

    test("a chain whose directory is gone is not here", async () => {
      const [layer] = stack(BASE);
      const chain = await fixture.unpack(BASE);
      rmSync(join(fixture.root, "snapshots", fixture.directories()[0]!), { recursive: true });
      expect(fixture.snapshotter.has(chain)).toBe(false);
      await fixture.snapshotter.unpack(layer!);
      expect(fixture.snapshotter.has(chain)).toBe(true);
    });

    test("repair removes what is of no use and nothing else", async () => {
      const [useful] = stack(BASE);
      const distrusted = await fixture.unpack(layerTar(file("distrusted")));
      fixture.reboot();
      const chain = await fixture.unpack(BASE);
      await fixture.snapshotter.prepare(chain, "living");
      const row = { image: undefined, status: "exited", created: 0, record: "{}" };
      fixture.state.containers.create({ ...row, id: "box", name: "n" });
      for (const key of ["box", "orphan"]) {
        await fixture.snapshotter.prepare(chain, key);
        fixture.alter(`DELETE FROM holds WHERE key = '${key}'`);
      }
      mkdirSync(join(fixture.root, "snapshots/777/fs"), { recursive: true });
      mkdirSync(join(fixture.root, "snapshots/removed-778/fs"), { recursive: true });
      await fixture.snapshotter.repair();
      const keys = fixture.state.snapshots.list().map(({ key }) => key);
      expect(keys.sort()).toEqual(["box", "living", useful!.chain].sort());
      expect(fixture.directories()).toHaveLength(3);
      expect(fixture.snapshotter.has(distrusted)).toBe(false);
    });

    test("kill -9 in the middle of unpacking: repair removes it, and it can be done again", async () => {
      const child = Bun.spawn([process.execPath, CHILD, fixture.root, driver, "stuck"], {
        stdout: "pipe",
      });
      await child.stdout.getReader().read();
      await fixture.snapshotter.repair();
      expect(fixture.directories()).toHaveLength(1);
      child.kill(9);
      await child.exited;
      expect(fixture.state.snapshots.list()).toHaveLength(1);
      await fixture.snapshotter.repair();
      expect([fixture.state.snapshots.list(), fixture.directories()]).toEqual([[], []]);
      const chain = await fixture.unpack(BASE);
      expect(fixture.snapshotter.has(chain)).toBe(true);
    });

    test("what another driver has unpacked is not here, but can be removed", async () => {
      const other: DriverName = driver === "overlay" ? "erofs" : "overlay";
      const its = await fixture.another(other);
      const [layer] = stack(BASE);
      await its.unpack(layer!);
      expect(fixture.snapshotter.has(layer!.chain)).toBe(false);
      const active = await its.prepare(layer!.chain, "box");
      expect(await listed(fixture.snapshotter.active("box").mounts())).toHaveProperty("etc/old");
      await fixture.snapshotter.unpack(layer!);
      expect(fixture.snapshotter.has(layer!.chain)).toBe(true);
      await active.remove();
      await fixture.snapshotter.remove(layer!.chain);
      expect([fixture.state.snapshots.list(), fixture.directories()]).toEqual([[], []]);
    });

    test("removed inside a transaction that fails, it is made again when needed", async () => {
      const chain = await fixture.unpack(BASE);
      const removals: Promise<void>[] = [];
      const work = () => {
        removals.push(fixture.snapshotter.remove(chain));
        throw new Error("taken back");
      };
      expect(() => fixture.state.transaction(work)).toThrow("taken back");
      await Promise.all(removals);
      expect(fixture.snapshotter.has(chain)).toBe(false);
      await fixture.unpack(BASE);
      expect(fixture.snapshotter.has(chain)).toBe(true);
    });
  });
}
