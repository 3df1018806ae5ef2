import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KindedError, kindOf } from "#errors";
import { mount, mountsUnder, parseMountinfo, unmount } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "shale-mount-"));
afterAll(() => {
  for (const { target } of mountsUnder(root)) unmount(target, { detach: true });
  rmSync(root, { recursive: true });
});

describe.if(process.geteuid?.() === 0)("mount (needs root)", () => {
  test("mounts, lists below a directory in unmount order, and unmounts", () => {
    const outer = join(root, "with space");
    mkdirSync(outer);
    mount("tmpfs", outer, "tmpfs", 0, "size=64k");
    mkdirSync(join(outer, "in"));
    mount("tmpfs", join(outer, "in"), "tmpfs", 1);
    expect(mountsUnder(root).map(({ target }) => target)).toEqual([join(outer, "in"), outer]);
    expect(() => writeFileSync(join(outer, "in", "x"), "")).toThrow("EROFS");
    unmount(join(outer, "in"));
    unmount(outer);
    expect(mountsUnder(root)).toEqual([]);
  });

  test("a busy mount says so, and can be detached", () => {
    const busy = join(root, "busy");
    mkdirSync(busy);
    mount("tmpfs", busy, "tmpfs", 0);
    mkdirSync(join(busy, "below"));
    mount("tmpfs", join(busy, "below"), "tmpfs", 0);
    let thrown: unknown;
    try {
      unmount(busy);
    } catch (error) {
      thrown = error;
    }
    expect(kindOf(thrown)).toBe("conflict");
    expect((thrown as KindedError).message).toContain(busy);
    unmount(busy, { detach: true });
    expect(mountsUnder(busy)).toEqual([]);
  });

  test("a missing target is not-found", () => {
    expect(() => mount("tmpfs", join(root, "none"), "tmpfs", 0)).toThrow("ENOENT");
  });

  test("an overlay whose options are longer than a page", () => {
    const base = join(root, "over");
    mkdirSync(base);
    mount("tmpfs", base, "tmpfs", 0);
    const layers = Array.from({ length: 200 }, (_, n) => join(base, `layer-with-a-long:name-${n}`));
    for (const [n, layer] of layers.entries()) {
      mkdirSync(layer);
      writeFileSync(join(layer, `file${n}`), "");
    }
    for (const name of ["upper", "work", "merged"]) mkdirSync(join(base, name));
    const lower = layers.map((layer) => layer.replaceAll(":", "\\:")).join(":");
    const options = `lowerdir=${lower},upperdir=${base}/upper,workdir=${base}/work`;
    mount("overlay", join(base, "merged"), "overlay", 0, options);
    expect(readdirSync(join(base, "merged")).length).toBe(200);
    unmount(join(base, "merged"));
    unmount(base);
  });
});

test("mountinfo lines are parsed with escapes and optional tags", () => {
  const text =
    "36 35 98:0 /mnt1 /mnt\\0402\\134x rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue\n" +
    "37 35 0:1 / /p rw - proc none rw\n";
  const [first, second] = parseMountinfo(Buffer.from(text));
  expect(first).toMatchObject({
    root: "/mnt1",
    target: "/mnt 2\\x",
    tags: ["shared:1", "master:2"],
    type: "ext3",
    source: "/dev/root",
    superOptions: "rw,errors=continue",
  });
  expect(second).toMatchObject({ id: 37, parent: 35, tags: [], type: "proc" });
});
