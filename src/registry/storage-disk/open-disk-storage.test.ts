import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import { kindOf } from "#errors";
import { digestOf } from "#oci";
import type { BlobStorage } from "../blob-storage.ts";
import { blobStorageSuite } from "../suite/blob-storage-suite.ts";
import { openDiskStorage } from "./open-disk-storage.ts";

const directory = mkdtempSync(join(tmpdir(), "shale-blobs-"));
afterAll(() => rmSync(directory, { recursive: true }));

const roots = new Map<BlobStorage, string>();
const open = (root: string) => {
  const storage = openDiskStorage(root);
  roots.set(storage, root);
  return storage;
};
const make = () => open(join(directory, crypto.randomUUID()));

blobStorageSuite(
  "disk storage",
  async () => make(),
  async (storage) => open(roots.get(storage)!),
);

const text = (words: string) => new TextEncoder().encode(words);

async function begun(storage: BlobStorage) {
  const id = crypto.randomUUID();
  const state = await storage.begin(id, "sha256");
  return {
    id,
    repository: "a",
    offset: 0,
    algorithm: "sha256" as const,
    state,
    touched: 0,
  };
}

async function add(storage: BlobStorage, words: string) {
  const upload = await begun(storage);
  const whole = await storage.append(upload, chunksOf(text(words)), { most: 100 });
  return storage.finish(whole, digestOf(words));
}

test("ids and places that lead elsewhere are refused", async () => {
  const storage = make();
  for (const id of ["..", "../../etc/passwd", "a/b", "", "a\0b", "x".repeat(65)]) {
    const began = storage.begin(id, "sha256").catch(kindOf);
    expect(await began).toBe("invalid-argument");
  }
  const digest = digestOf("x");
  for (const location of ["../x", "/etc/passwd", "blobs/../../x", "blobs/sha256/ab/cd.1/../x"]) {
    const read = Promise.resolve(storage.read({ digest, size: 1, location })).catch(kindOf);
    expect(await read).toBe("data-loss");
  }
});

test("a file that was cut short is no blob any more", async () => {
  const storage = make();
  const blob = await add(storage, "whole");
  const path = join(roots.get(storage)!, blob.location);
  truncateSync(path, 3);
  expect(await Promise.resolve(storage.read(blob)).catch(kindOf)).toBe("data-loss");
});

test("an upload whose file lost bytes in a power cut is noticed", async () => {
  const storage = make();
  const upload = await begun(storage);
  const whole = await storage.append(upload, chunksOf(text("whole")), { most: 100 });
  truncateSync(join(roots.get(storage)!, "uploads", upload.id), 3);
  expect(await storage.finish(whole, digestOf("whole")).catch(kindOf)).toBe("data-loss");
  await storage.abort(whole);
  expect(readdirSync(join(roots.get(storage)!, "uploads"))).toEqual([]);
});

test("what is not ours below the root is left alone", async () => {
  const storage = make();
  const blob = await add(storage, "blob");
  const root = roots.get(storage)!;
  mkdirSync(join(root, "blobs/sha256/zz"), { recursive: true });
  writeFileSync(join(root, "blobs/sha256/zz/notes.txt"), "mine");
  writeFileSync(join(root, "blobs/README"), "mine");
  const listed = await Array.fromAsync(storage.list!());
  expect(listed.map(({ location }) => location)).toEqual([blob.location]);
});
