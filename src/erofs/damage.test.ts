import { describe, expect, test } from "bun:test";
import { kindOf } from "#errors";
import { type ErofsReader, isIntactErofs, writeErofs } from "./index.ts";
import { caught, directory, open, sample } from "./testing/trees.ts";

describe("a damaged image", () => {
  const image = writeErofs(sample(), { deviceSize: 8192 });

  test("is not intact, whichever byte differs and however much is missing", () => {
    expect(isIntactErofs(image)).toBe(true);
    for (let i = 0; i < image.length; i++) {
      const copy = image.slice();
      copy[i]! ^= 0x10;
      expect(isIntactErofs(copy)).toBe(false);
    }
    for (const length of [0, 1, 1024, 1100, 1536, image.length - 1, image.length - 512])
      expect(isIntactErofs(image.subarray(0, length))).toBe(false);
    expect(isIntactErofs(Buffer.concat([image, new Uint8Array(512)]))).toBe(false);
  });

  test("is told by the checksum of the superblock and its block", () => {
    const copy = image.slice();
    copy[1500]! ^= 1;
    expect(outcome(copy)).toBe("data-loss");
  });

  test("fails with data-loss or reads something, and always ends", () => {
    const base = unchecked(image);
    expect(outcome(base)).toBe("read");
    for (let i = 1024; i < image.length; i++)
      for (const flip of [0x01, 0x80, 0xff]) {
        const copy = base.slice();
        copy[i]! ^= flip;
        expect(outcome(copy)).toBeOneOf(["read", "data-loss"]);
      }
    for (let length = 0; length < image.length; length += 64)
      expect(outcome(base.subarray(0, length))).toBeOneOf(["read", "data-loss"]);
  });

  test("cannot have a directory in itself", () => {
    const copy = unchecked(writeErofs(directory({ sub: directory({}) })));
    const root = copy[1024 + 14]! + copy[1024 + 15]! * 256;
    const bytes = Buffer.from(copy.buffer);
    // The root's entries stand behind its inode; the third one is that of `sub`.
    bytes.writeUInt32LE(root, root * 32 + 64 + 24);
    const reader = open(copy);
    expect(caught(() => [...reader.entries(reader.root)])[0]).toBe("data-loss");
    expect(caught(() => reader.lookup(reader.root, "sub"))[0]).toBe("data-loss");
  });

  /** The same without the flag that there is a checksum. */
  function unchecked(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    copy[1024 + 8]! &= ~1;
    return copy;
  }

  function outcome(bytes: Uint8Array): string {
    try {
      walk(open(bytes));
      return "read";
    } catch (error) {
      return kindOf(error);
    }
  }

  function walk(reader: ErofsReader): void {
    const pending = [reader.root];
    for (const node of pending) {
      reader.extents(node);
      reader.xattrs(node);
      if (node.type === "symlink") reader.readLink(node);
      if (node.type !== "directory") continue;
      for (const { name, type } of reader.entries(node)) {
        // A later name may be out of order, which is not known yet.
        const child = reader.lookup(node, name);
        expect(child?.type ?? type).toBe(type);
        if (child !== undefined) pending.push(child);
      }
    }
  }
});
