import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mount, unmount } from "#kernel";
import type { Digest } from "#oci";
import { openState } from "./index.ts";

const isRoot = process.geteuid?.() === 0;

test("space is kept back when a store is opened", () => {
  const root = mkdtempSync(join(tmpdir(), "shale-reserve-"));
  try {
    openState(root)[Symbol.dispose]();
    expect(statSync(join(root, "reserve")).size).toBe(1 << 20);
  } finally {
    rmSync(root, { recursive: true });
  }
});

/** As of a disk of 4 MB that something else has filled. */
function onFullDisk(work: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), "shale-reserve-"));
  mount("tmpfs", root, "tmpfs", 0, "size=4m");
  try {
    const state = openState(root);
    state.names.set("a", `sha256:${"a".repeat(64)}` as Digest);
    state[Symbol.dispose]();
    writeFileSync(join(root, "reserve"), new Uint8Array(1 << 20));
    fill(join(root, "filler"));
    work(root);
  } finally {
    unmount(root);
    rmSync(root, { recursive: true });
  }
}

function fill(path: string): void {
  for (let size = 4 << 20; size >= 4096; size /= 2)
    for (let full = false; !full; )
      try {
        writeFileSync(path, new Uint8Array(size), { flag: "a" });
      } catch {
        full = true;
      }
}

test.skipIf(!isRoot)("on a full disk the reserve lets names be removed (needs root)", () => {
  onFullDisk((root) => {
    using state = openState(root);
    expect(state.names.delete("a")).toBe(true);
    expect(statSync(join(root, "reserve")).size).toBeLessThan(1 << 20);
  });
});

test.skipIf(!isRoot)("a write that meets a full disk is done with the reserve (needs root)", () => {
  onFullDisk((root) => {
    rmSync(join(root, "filler"));
    using state = openState(root);
    fill(join(root, "filler"));
    state.transaction(() => state.facts.put("test", "large", new Uint8Array(1 << 18)));
    expect(state.facts.getBytes("test", "large")?.length).toBe(1 << 18);
    const largest = () => state.facts.put("test", "largest", new Uint8Array(1 << 20));
    expect(largest).toThrow("no space left on the disk");
    expect(existsSync(join(root, "reserve"))).toBe(false);
    expect(state.names.delete("a")).toBe(true);
  });
});

test.skipIf(!isRoot)(
  "one who goes on filling the disk does not get the whole reserve (needs root)",
  () => {
    onFullDisk((root) => {
      for (let round = 0; round < 3; round++) {
        using state = openState(root);
        state.names.set(`b${round}`, `sha256:${"b".repeat(64)}` as Digest);
        fill(join(root, "filler"));
      }
      rmSync(join(root, "filler"));
      openState(root)[Symbol.dispose]();
      expect(statSync(join(root, "reserve")).size).toBe(1 << 20);
    });
  },
);

test.skipIf(!isRoot)("without a reserve a full disk is called by its name (needs root)", () => {
  onFullDisk((root) => {
    rmSync(join(root, "reserve"));
    fill(join(root, "filler"));
    expect(() => openState(root)).toThrow("no space left on the disk");
  });
});
