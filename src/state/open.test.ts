import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KindedError } from "#errors";
import type { DiffId, Digest } from "#oci";
import { openState } from "./index.ts";
import { SCHEMA_VERSION } from "./schema.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "shale-state-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function thrown(work: () => unknown): KindedError {
  try {
    work();
  } catch (error) {
    if (error instanceof KindedError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const diffId = (digit: string) => digest(digit) as DiffId;
const image = (digit: string, created = 1) => ({
  id: digest(digit),
  manifest: digest("f"),
  created,
  size: 2 ** 40,
  added: 5,
});

describe("openState", () => {
  test("makes the directory and a private database in it", () => {
    const nested = join(root, "a/b");
    openState(nested)[Symbol.dispose]();
    expect(statSync(join(nested, "db.sqlite")).mode & 0o777).toBe(0o600);
  });

  test("what was written is there after opening again", () => {
    {
      using state = openState(root);
      state.images.put(image("a"));
    }
    using state = openState(root);
    expect(state.images.list()).toEqual([image("a")]);
  });

  test("a file in the root's place is a clear error", () => {
    writeFileSync(join(root, "file"), "");
    const error = thrown(() => openState(join(root, "file")));
    expect(error.kind).toBe("permission-denied");
    expect(error.message).toContain(join(root, "file"));
  });

  test("a read-only root is a clear error", () => {
    if (process.getuid?.() === 0) {
      expect(thrown(() => openState("/proc/1/shale")).kind).toBe("permission-denied");
      return;
    }
    chmodSync(root, 0o500);
    expect(thrown(() => openState(root)).kind).toBe("permission-denied");
  });

  test("a damaged database is data loss", () => {
    writeFileSync(join(root, "db.sqlite"), "this is no database".repeat(1000));
    expect(thrown(() => openState(root)).kind).toBe("data-loss");
  });

  test("a newer schema is refused and left alone", () => {
    openState(root)[Symbol.dispose]();
    using raw = new Database(join(root, "db.sqlite"));
    raw.run(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    const error = thrown(() => openState(root));
    expect(error.kind).toBe("failed-precondition");
    expect(error.message).toContain("upgrade shale");
    expect(raw.query("PRAGMA user_version").get()).toEqual({ user_version: SCHEMA_VERSION + 1 });
  });

  test("a database left before its schema was made is finished", () => {
    const raw = new Database(join(root, "db.sqlite"));
    raw.run("PRAGMA journal_mode = WAL");
    raw.close();
    using state = openState(root);
    expect(state.images.list()).toEqual([]);
  });
});

describe("transaction", () => {
  test("takes everything back when the work throws", () => {
    using state = openState(root);
    const work = () => {
      state.images.put(image("a"));
      state.names.set("docker.io/library/a:latest", digest("a"));
      throw new Error("no");
    };
    expect(() => state.transaction(work)).toThrow("no");
    expect(state.images.list()).toEqual([]);
    expect(state.names.list()).toEqual([]);
  });

  test("one inside another fails on its own", () => {
    using state = openState(root);
    state.transaction(() => {
      state.images.put(image("a"));
      expect(() =>
        state.transaction(() => {
          state.images.put(image("b"));
          throw new Error("inner");
        }),
      ).toThrow("inner");
    });
    expect(state.images.list().map((row) => row.id)).toEqual([digest("a")]);
  });

  test("work that waits is refused and taken back", () => {
    using state = openState(root);
    const work = async () => state.images.put(image("a"));
    expect(thrown(() => state.transaction(work)).message).toContain("must not wait");
    expect(state.images.list()).toEqual([]);
  });
});

describe("tables", () => {
  test("images: newest first, found by a prefix of the ID", () => {
    using state = openState(root);
    state.images.put(image("a", 1));
    state.images.put(image("b", 2));
    expect(state.images.list().map((row) => row.id)).toEqual([digest("b"), digest("a")]);
    expect(state.images.startingWith("aaa")).toEqual([image("a", 1)]);
    expect(state.images.startingWith("%")).toEqual([]);
    expect(state.images.get(digest("c"))).toBeUndefined();
    expect([state.images.delete(digest("a")), state.images.delete(digest("a"))]).toEqual([
      true,
      false,
    ]);
  });

  test("names: setting one gives what it named before", () => {
    using state = openState(root);
    expect(state.names.set("n:1", digest("a"))).toBeUndefined();
    expect(state.names.set("n:1", digest("b"))).toBe(digest("a"));
    state.names.set("m:1", digest("b"));
    expect(state.names.of(digest("b"))).toEqual(["m:1", "n:1"]);
    expect(state.names.get("n:1")).toBe(digest("b"));
    expect([state.names.delete("n:1"), state.names.delete("n:1")]).toEqual([true, false]);
  });

  test("layers: one layer in several blobs", () => {
    using state = openState(root);
    const row = { diffId: diffId("a"), mediaType: "m", blobSize: 1, size: 2 };
    state.layers.put({ ...row, blob: digest("1") });
    state.layers.put({ ...row, blob: digest("2") });
    expect(state.layers.of(diffId("a")).map((layer) => layer.blob)).toEqual([
      digest("1"),
      digest("2"),
    ]);
    expect(state.layers.byBlob(digest("2"))?.diffId).toBe(diffId("a"));
    expect(state.layers.delete(digest("1"))).toBe(true);
    expect(state.layers.list()).toHaveLength(1);
  });

  test("cache: a used record counts its uses", () => {
    using state = openState(root);
    const row = { key: digest("a"), description: "RUN x", result: "{}", size: 7 };
    state.cache.put({ ...row, layers: [diffId("1")] });
    expect(state.cache.use(digest("b"))).toBeUndefined();
    expect(state.cache.use(digest("a"))).toMatchObject({ ...row, layers: [diffId("1")], uses: 1 });
    expect(state.cache.use(digest("a"))?.uses).toBe(2);
    expect(state.cache.delete(digest("a"))).toBe(true);
  });

  test("containers: a name is given once", () => {
    using state = openState(root);
    const row = { image: undefined, status: "created", created: 1, record: "{}" };
    state.containers.create({ ...row, id: "aa11", name: "one" });
    state.containers.create({ ...row, id: "ab22", name: "two", image: digest("a") });
    expect(thrown(() => state.containers.create({ ...row, id: "cc", name: "one" })).kind).toBe(
      "conflict",
    );
    expect(thrown(() => state.containers.update("ab22", { name: "one" })).kind).toBe("conflict");
    expect(thrown(() => state.containers.update("zz", { status: "x" })).kind).toBe("not-found");
    state.containers.update("aa11", { status: "running" });
    expect(state.containers.byName("one")).toEqual({
      ...row,
      id: "aa11",
      name: "one",
      status: "running",
    });
    expect(state.containers.startingWith("a")).toHaveLength(2);
    expect(state.containers.get("ab22")?.image).toBe(digest("a"));
  });

  test("addresses: the first free one, until there is none", () => {
    using state = openState(root);
    const pool = ["10.0.0.2", "10.0.0.3"];
    expect(state.addresses.take("bridge", pool, "a")).toBe("10.0.0.2");
    expect(state.addresses.take("bridge", pool, "b")).toBe("10.0.0.3");
    expect(thrown(() => state.addresses.take("bridge", pool, "c")).kind).toBe("resource-exhausted");
    expect(state.addresses.take("other", pool, "c")).toBe("10.0.0.2");
    state.addresses.release("a");
    expect(state.addresses.list("bridge")).toEqual([{ address: "10.0.0.3", owner: "b" }]);
    expect(state.addresses.take("bridge", pool, "c")).toBe("10.0.0.2");
  });

  test("facts: text and bytes, replaced, pruned by age", () => {
    using state = openState(root);
    state.facts.put("a", "k", "old");
    state.facts.putAll("a", [
      ["k", "new"],
      ["l", Uint8Array.of(0, 255)],
    ]);
    state.facts.put("b", "k", "other");
    expect(state.facts.get("a", "k")).toBe("new");
    expect(state.facts.getBytes("a", "l")).toEqual(Uint8Array.of(0, 255));
    expect(state.facts.get("a", "l")).toBeUndefined();
    expect(state.facts.all("a")).toEqual(new Map([["k", "new"]]));
    expect(state.facts.prune("a", Date.now() - 10_000)).toBe(0);
    expect(state.facts.prune("a", Date.now() + 1)).toBe(2);
    expect(state.facts.get("b", "k")).toBe("other");
  });

  test("snapshots: keys per driver, committed once, ancestry topmost first", () => {
    using state = openState(root);
    const { snapshots } = state;
    const chain = (digit: string) => digest(digit) as never;
    const make = (key: string, parent?: string) =>
      snapshots.create({
        key,
        driver: "overlay",
        kind: "active",
        parent: parent === undefined ? undefined : chain(parent),
        boot: "now",
      });
    const [one, two] = [make("x"), make("y", "a")];
    expect(two.id).toBeGreaterThan(one.id);
    expect(thrown(() => make("x")).kind).toBe("already-exists");
    expect(snapshots.commit(one.id, chain("a"), "boot")).toBe(true);
    expect(snapshots.commit(two.id, chain("b"), "boot")).toBe(true);
    const late = make("z", "a");
    expect(snapshots.commit(late.id, chain("b"), "boot")).toBe(false);
    expect(snapshots.get("overlay", "z")?.kind).toBe("active");
    expect(snapshots.get("copy", chain("a"))).toBeUndefined();
    expect(snapshots.ancestry("overlay", chain("b")).map((row) => row.id)).toEqual([
      two.id,
      one.id,
    ]);
    expect(snapshots.childrenOf("overlay", chain("a"))).toHaveLength(2);
    snapshots.settle([one.id]);
    expect(snapshots.get("overlay", chain("a"))?.boot).toBeUndefined();
    snapshots.delete(late.id);
    expect(make("w").id).toBeGreaterThan(late.id);
  });
});
