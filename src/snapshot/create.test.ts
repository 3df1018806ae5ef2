import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindOf } from "#errors";
import { bootId, type Mount, mountAll, mountsUnder, unmountAll } from "#kernel";
import { openState, type State } from "#state";
import { createSnapshotter, type DriverName, probeDrivers } from "./index.ts";

const rootless = false;

let top: string;
let root: string;
let state: State;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "shale-driver-"));
  root = join(top, "root");
  state = openState(root);
});
afterEach(() => {
  state[Symbol.dispose]();
  rmSync(top, { recursive: true });
});

/** Runs `work` with the store's snapshots on a file system that overlay cannot write to. */
async function onOverlay(work: () => Promise<void>): Promise<void> {
  for (const name of ["lower", "upper", "work", "root/snapshots"])
    mkdirSync(join(top, name), { recursive: true });
  const options = ["lowerdir=lower", "upperdir=upper", "workdir=work"];
  const mounts: Mount[] = [{ type: "overlay", source: "overlay", options, base: top }];
  mountAll(mounts, join(root, "snapshots"));
  try {
    await work();
  } finally {
    unmountAll(mounts, join(root, "snapshots"));
  }
}

const chosen = async (driver?: DriverName) => {
  const options = { root, runtimeDirectory: join(top, "run"), state, rootless };
  return (await createSnapshotter({ ...options, ...(driver && { driver }) })).driver;
};

describe("the choice of a driver (needs root)", () => {
  test("the best that works, tried once and leaving nothing", async () => {
    expect(await chosen()).toBe("erofs");
    expect(readdirSync(join(root, "snapshots"))).toEqual([]);
    expect([state.snapshots.list(), state.leases.held()]).toEqual([[], []]);
    expect(mountsUnder(top)).toEqual([]);
    expect(await probeDrivers({ root, state, rootless })).toEqual([
      { driver: "erofs", usable: true, source: "file" },
      { driver: "overlay", usable: true },
      { driver: "copy", usable: true },
    ]);
    expect([await chosen("overlay"), await chosen("copy")]).toEqual(["overlay", "copy"]);
  });

  test("copy where overlay cannot mount, with the reasons, unless another is asked for", async () => {
    await onOverlay(async () => {
      expect(await chosen()).toBe("copy");
      const [erofs, overlay] = await probeDrivers({ root, state, rootless });
      expect([erofs?.usable, overlay?.usable]).toEqual([false, false]);
      expect(erofs?.reason).toContain("by a loop device: mount overlay");
      expect(overlay?.reason).toContain("mount overlay");
      expect(await chosen("overlay").catch(kindOf)).toBe("failed-precondition");
      expect(await chosen("erofs").catch(kindOf)).toBe("failed-precondition");
    });
  });

  test("the outcome is remembered for this boot and file system", async () => {
    expect(await chosen()).toBe("erofs");
    const [key] = [...state.facts.all("snapshot-drivers").keys()];
    expect(key).toStartWith(bootId());
    const failed = { driver: "overlay", usable: false, reason: "seen to fail" };
    const known = JSON.stringify([failed, { driver: "copy", usable: true }]);
    state.facts.put("snapshot-drivers", key!, known);
    expect(await chosen()).toBe("copy");
    state.facts.delete("snapshot-drivers", key!);
    expect(await chosen()).toBe("erofs");
    await onOverlay(async () => expect(await chosen()).toBe("copy"));
    expect(await chosen()).toBe("erofs");
  });

  test("what died while it tried is removed by the next repair, mounts included", async () => {
    const program = join(import.meta.dir, "testdata/dying-probe.ts");
    const child = Bun.spawn([process.execPath, program, root], { stdout: "pipe" });
    await child.stdout.getReader().read();
    expect(mountsUnder(top)).toHaveLength(1);
    const snapshotter = await createSnapshotter({
      ...{ root, runtimeDirectory: join(top, "run"), state, rootless, driver: "copy" },
    });
    await snapshotter.repair();
    expect(mountsUnder(top)).toHaveLength(1);
    child.kill(9);
    await child.exited;
    await snapshotter.repair();
    expect(readdirSync(join(root, "snapshots"))).toEqual([]);
    expect(mountsUnder(top)).toEqual([]);
  });
});
