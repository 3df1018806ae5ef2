import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kindOf } from "#errors";
import { getXattr, setXattr } from "#kernel";
import type { ChainId } from "#oci";
import type { DriverName, Snapshotter } from "../index.ts";
import { stack } from "../testdata/layer-tar.ts";
import { BASE, type Fixture, listed, within } from "./fixture.ts";

const DRIVERS: readonly DriverName[] = ["erofs", "overlay", "copy"];

/** Taking over what other drivers have made. */
export function migrationSuite(fixture: Fixture): void {
  const { driver } = fixture;

  /** A container's snapshot, written to with another driver. */
  const written = async (its: Snapshotter): Promise<ChainId> => {
    const [layer] = stack(BASE);
    await its.unpack(layer!);
    const active = await its.prepare(layer!.chain, "box");
    await within(active.mounts(), (tree) => {
      rmSync(join(tree, "etc/old"));
      rmSync(join(tree, "var/log"), { recursive: true });
      mkdirSync(join(tree, "var/log"));
      writeFileSync(join(tree, "var/log/new"), "new");
      writeFileSync(join(tree, "etc/passwd"), "changed");
      setXattr(join(tree, "etc/passwd"), "user.test", Uint8Array.of(7));
    });
    fixture.state.containers.create({
      ...{ id: "box", name: "box", image: undefined, status: "exited", created: 0, record: "{}" },
    });
    return layer!.chain;
  };

  describe(`the ${driver} driver: migration (needs root)`, () => {
    test.each(DRIVERS.filter((name) => name !== driver))("from %s", async (name) => {
      const its = await fixture.another(name);
      const chain = await written(its);
      const { snapshotter } = fixture;
      expect(await snapshotter.adopt("box", stack(BASE)).catch(kindOf)).toBe("failed-precondition");
      // What the other driver has unpacked is not trusted any more.
      fixture.reboot();
      await snapshotter.unpack(stack(BASE)[0]!);
      const adopted = await snapshotter.adopt("box", stack(BASE));
      await within(adopted.mounts(), (tree) => {
        expect(readFileSync(join(tree, "etc/passwd"), "utf8")).toBe("changed");
        expect(getXattr(join(tree, "etc/passwd"), "user.test")).toEqual(Uint8Array.of(7));
      });
      const tree = await listed(snapshotter.active("box").mounts());
      expect(Object.keys(tree)).toEqual(["etc", "etc/passwd", "var", "var/log", "var/log/new"]);
      expect(await snapshotter.removeForeign()).toBe(1);
      const rows = fixture.state.snapshots.list().map(({ driver, key }) => [driver, key]);
      expect(rows.sort()).toEqual(
        [
          [driver, "box"],
          [driver, chain],
        ].sort(),
      );
      expect(fixture.directories()).toHaveLength(2);
      expect(fixture.state.leases.held().filter(({ key }) => key.startsWith("adopt"))).toEqual([]);
    });

    test("its own stays as it is, one that is not here is not found", async () => {
      await written(fixture.snapshotter);
      const [before, adopted] = [
        fixture.state.snapshots.list(),
        fixture.snapshotter.adopt("box", stack(BASE)),
      ];
      expect(await listed((await adopted).mounts())).toHaveProperty("var/log/new");
      expect(fixture.state.snapshots.list()).toEqual(before);
      expect(await fixture.snapshotter.adopt("none", []).catch(kindOf)).toBe("not-found");
    });

    test("what an active snapshot stands on, or a process holds, is not removed", async () => {
      const its = await fixture.another(driver === "copy" ? "overlay" : "copy");
      const [layer] = stack(BASE);
      await its.unpack(layer!);
      const lease = fixture.state.leases.open("test");
      lease.hold("snapshot", layer!.chain);
      expect(await fixture.snapshotter.removeForeign()).toBe(0);
      lease[Symbol.dispose]();
      const active = await its.prepare(layer!.chain, "box");
      expect(await fixture.snapshotter.removeForeign()).toBe(0);
      await active.remove();
      expect(await fixture.snapshotter.removeForeign()).toBe(1);
    });
  });
}
