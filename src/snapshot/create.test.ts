import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindOf } from "#errors";
import { bootId, type Mount, mountAll, unmountAll } from "#kernel";
import { openState, type State } from "#state";
import { createSnapshotter, probeDrivers } from "./index.ts";

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

describe("the choice of a driver (needs root)", () => {
  test("overlay where it works, tried once and leaving nothing", async () => {
    expect((await createSnapshotter({ root, state, rootless })).driver).toBe("overlay");
    expect(readdirSync(join(root, "snapshots"))).toEqual([]);
    expect(await probeDrivers({ root, state, rootless })).toEqual([
      { driver: "overlay", usable: true },
      { driver: "copy", usable: true },
    ]);
  });

  test("copy where overlay cannot mount, with the reason, unless overlay is asked for", async () => {
    await onOverlay(async () => {
      expect((await createSnapshotter({ root, state, rootless })).driver).toBe("copy");
      const [overlay] = await probeDrivers({ root, state, rootless });
      expect(overlay?.usable).toBe(false);
      expect(overlay?.reason).toContain("mount overlay");
      const forced = createSnapshotter({ root, state, rootless, driver: "overlay" });
      expect(await forced.catch(kindOf)).toBe("failed-precondition");
    });
  });

  test("the outcome is remembered for this boot", async () => {
    state.facts.put("snapshot-driver", `${bootId()} root`, "seen to fail");
    expect((await createSnapshotter({ root, state, rootless })).driver).toBe("copy");
    expect((await createSnapshotter({ root, state, rootless, driver: "copy" })).driver).toBe(
      "copy",
    );
  });
});
