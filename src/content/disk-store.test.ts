import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { collect } from "#bytes";
import { KindedError } from "#errors";
import { mount, unmount } from "#kernel";
import { type Digest, digestOf, hexOf } from "#oci";
import { openContentStore } from "./index.ts";
import { contentStoreSuite } from "./suite.ts";

const isRoot = process.getuid?.() === 0;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "shale-content-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

contentStoreSuite("a content store on disk", () => openContentStore(root));

async function add(at: string, content: string): Promise<Digest> {
  await using ingestion = openContentStore(at).ingest();
  ingestion.write(new TextEncoder().encode(content));
  return (await ingestion.commit()).digest;
}

async function failure(work: () => unknown): Promise<KindedError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof KindedError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("the layout on disk", () => {
  test("is an OCI image layout whose blobs can only be read", async () => {
    const digest = await add(root, "x");
    const path = join(root, "blobs/sha256", hexOf(digest));
    expect(openContentStore(root).path(digest)).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o444);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(join(root, "oci-layout"), "utf8"))).toEqual({
      imageLayoutVersion: "1.0.0",
    });
    expect(JSON.parse(readFileSync(join(root, "index.json"), "utf8")).schemaVersion).toBe(2);
    expect(readdirSync(join(root, "ingest"))).toEqual([]);
  });

  test("reading makes nothing", () => {
    const fresh = join(root, "fresh");
    expect([...openContentStore(fresh).list()]).toEqual([]);
    expect(existsSync(fresh)).toBe(false);
  });

  test("an index that is there is left alone", async () => {
    writeFileSync(join(root, "index.json"), "kept");
    await add(root, "x");
    expect(readFileSync(join(root, "index.json"), "utf8")).toBe("kept");
  });

  test("files that are no blobs are not listed", async () => {
    const digest = await add(root, "x");
    writeFileSync(join(root, "blobs/sha256/README"), "");
    expect([...openContentStore(root).list()].map((blob) => blob.digest)).toEqual([digest]);
  });
});

describe("damage", () => {
  test("changed bytes are found by reading to the end", async () => {
    const digest = await add(root, "good");
    const store = openContentStore(root);
    chmodSync(store.path(digest)!, 0o644);
    writeFileSync(store.path(digest)!, "evil");
    expect((await failure(() => store.read(digest))).kind).toBe("data-loss");
    expect((await failure(() => collect(store.open(digest), 10))).kind).toBe("data-loss");
    const unverified = await collect(store.open(digest, { verify: false }), 10);
    expect(new TextDecoder().decode(unverified)).toBe("evil");
  });

  test("a blob cut short by a power cut is replaced when it comes again", async () => {
    const digest = await add(root, "whole");
    const store = openContentStore(root);
    truncateSync(store.path(digest)!, 2);
    expect(await add(root, "whole")).toBe(digest);
    expect(await store.read(digest)).toEqual(new TextEncoder().encode("whole"));
  });
});

describe("ingest files", () => {
  test("a dead process's file is removed, a living one's stays", async () => {
    const writing = Bun.spawn(
      [process.execPath, join(import.meta.dir, "testdata/writer.ts"), root],
      {
        stdout: "pipe",
      },
    );
    await writing.stdout.getReader().read();
    expect(readdirSync(join(root, "ingest"))).toHaveLength(1);
    await add(root, "x");
    expect(readdirSync(join(root, "ingest"))).toHaveLength(1);
    writing.kill(9);
    await writing.exited;
    await add(root, "y");
    expect(readdirSync(join(root, "ingest"))).toEqual([]);
  });

  test("a file of an earlier boot is removed", async () => {
    mkdirSync(join(root, "ingest"));
    writeFileSync(join(root, `ingest/00000000-${process.pid}-1-1`), "");
    await add(root, "x");
    expect(readdirSync(join(root, "ingest"))).toEqual([]);
  });
});

describe("writing fails", () => {
  test("a root that is no directory", async () => {
    writeFileSync(join(root, "file"), "");
    await expect(add(join(root, "file"), "x")).rejects.toThrow(join(root, "file"));
  });

  test.skipIf(!isRoot)("a full disk is said so and leaves nothing (needs root)", async () => {
    mount("tmpfs", root, "tmpfs", 0, "size=3m");
    try {
      const ingestion = openContentStore(root).ingest();
      const error = await failure(() => {
        for (let mib = 0; mib < 4; mib++) ingestion.write(new Uint8Array(1 << 20));
      });
      expect(error.kind).toBe("resource-exhausted");
      expect(error.message).toContain("disk is full");
      expect(readdirSync(join(root, "ingest"))).toEqual([]);
      expect(await add(root, "small")).toBe(digestOf("small"));
    } finally {
      unmount(root);
    }
  });

  test.skipIf(!isRoot)("a disk that fills up at the end leaves nothing (needs root)", async () => {
    mount("tmpfs", root, "tmpfs", 0, "size=1m");
    try {
      const ingestion = openContentStore(root).ingest();
      ingestion.write(new Uint8Array((1 << 20) - 1));
      expect((await failure(() => ingestion.commit())).kind).toBe("resource-exhausted");
      expect(readdirSync(join(root, "ingest"))).toEqual([]);
      expect([...openContentStore(root).list()]).toEqual([]);
    } finally {
      unmount(root);
    }
  });
});
