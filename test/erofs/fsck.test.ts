/** The image as erofs-utils see it; version 1.5 knows blocks of 4096 bytes only. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ErofsInode, writeErofs } from "#erofs";
import { Random, randomTree } from "./random-tree.ts";

function tool(image: Uint8Array, ...command: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), "shale-fsck-"));
  try {
    const path = join(directory, "image");
    writeFileSync(path, image);
    const { exitCode, stdout, stderr } = Bun.spawnSync([...command, path]);
    expect(exitCode).toBe(0);
    return `${stdout}${stderr}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("fsck.erofs finds nothing wrong with random trees", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const options = { blockSize: 4096, deviceSize: undefined } as const;
    const image = writeErofs(randomTree(new Random(seed), options), { blockSize: 4096 });
    expect(tool(image, "fsck.erofs", "-d3")).toBe("<I> erofs: No errors found\n");
  }
});

test("dump.erofs shows the superblock and a file", () => {
  const common = { mode: 0o640, uid: 1, gid: 2, mtime: { seconds: 1e9, nanoseconds: 0 } };
  const xattrs: ReadonlyMap<string, Uint8Array> = new Map();
  const content = Buffer.from("five\n");
  const file: ErofsInode = { ...common, type: "file", xattrs, content };
  const children = new Map([["file", file]]);
  const root: ErofsInode = { ...common, type: "directory", xattrs, children };
  const image = writeErofs(root, { blockSize: 4096 });
  expect(tool(image, "dump.erofs", "-s")).toMatch(/Filesystem inode count:\s+2\n/);
  const shown = tool(image, "dump.erofs", "--path=/file");
  expect(shown).toMatch(/Size: 5\b/);
  expect(shown).toContain("Uid: 1   Gid: 2  Access: 0640/rw-r-----");
});
