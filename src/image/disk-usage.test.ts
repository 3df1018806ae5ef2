import { afterEach, beforeEach, expect, test } from "bun:test";
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "#oci";
import type { DiskUsage } from "./image-service.ts";
import { ensureUnpacked } from "./index.ts";
import { openTestStore, putContainer, putImage, type TestStore } from "./testing/store.ts";

const BASE = [{ path: "base", content: Buffer.alloc(50_000, "b") }];
const TOP = [{ path: "top", content: Buffer.alloc(20_000, "t") }];

let store: TestStore;
beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store[Symbol.dispose]());

function sumOf({ images, containers, volumes, buildCache, records }: DiskUsage): number {
  return [images, containers, volumes, buildCache, records].reduce(
    (sum, { size }) => sum + size,
    0,
  );
}

function du(): number {
  const open = "--exclude=db.sqlite-*";
  const { stdout } = Bun.spawnSync(["du", "-s", "-x", "--block-size=1", open, store.root]);
  return Number.parseInt(stdout.toString(), 10);
}

function write(path: string, size: number): string {
  const whole = join(store.root, path);
  mkdirSync(join(whole, ".."), { recursive: true });
  writeFileSync(whole, Buffer.alloc(size, 1));
  return whole;
}

test("the rows sum up to what du says, whatever is in the store (needs du)", async () => {
  expect(sumOf(await store.images.diskUsage())).toBe(du());
  const app = await putImage(store, { layers: [BASE, TOP], names: ["docker.io/library/app:1"] });
  using lease = store.state.leases.open("run");
  await ensureUnpacked(store, (await store.images.resolve(app)).config.rootfs.diff_ids, lease);
  putContainer(store, app, "exited");
  const file = write(`containers/c0ffee${"0".repeat(58)}/log`, 9000);
  linkSync(file, `${file}.again`);
  write("volumes/data/_data/file", 12_345);
  write("unknown/thing", 5000);
  expect(sumOf(await store.images.diskUsage())).toBe(du());
});

test("each thing is under its owner, and shared ones count once", async () => {
  const base = await putImage(store, { layers: [BASE], names: ["docker.io/library/base:1"] });
  const app = await putImage(store, { layers: [BASE, TOP], names: ["docker.io/library/app:1"] });
  putContainer(store, base, "running");
  write(`containers/c0ffee${"0".repeat(58)}/log`, 9000);
  write("volumes/data/_data/file", 12_345);
  const volume = { driver: "local", labels: {}, options: {}, anonymous: false, created: 0 };
  for (const name of ["data", "used"]) store.state.volumes.create({ ...volume, name });
  store.state.volumes.use("used", "c0ffee");
  const usage = await store.images.diskUsage();
  expect(usage.images).toMatchObject({ total: 2, active: 1 });
  expect(usage.images.size).toBeGreaterThan(70_000);
  expect(usage.images.size).toBeLessThan(120_000);
  expect(usage.images.reclaimable).toBeGreaterThan(20_000);
  expect(usage.images.reclaimable).toBeLessThan(50_000);
  expect(usage.containers).toMatchObject({ total: 1, active: 1, reclaimable: 0 });
  expect(usage.containers.size).toBeGreaterThanOrEqual(9000);
  expect(usage.volumes).toMatchObject({ total: 2, active: 1 });
  expect(usage.details.volumes.map(({ name, links }) => [name, links])).toEqual([
    ["data", 0],
    ["used", 1],
  ]);
  expect(usage.volumes.reclaimable).toBe(usage.volumes.size);
  const details = usage.details.images.find(({ id }) => id === app)!;
  expect(details.sharedSize + details.uniqueSize).toBe(details.size);
  expect(details.sharedSize).toBe(50_000);
});

test("layers of the build cache alone are the cache's, and prune gives back as much", async () => {
  const id = await putImage(store, { layers: [BASE] });
  const layers = (await store.images.resolve(id)).config.rootfs.diff_ids;
  const key = digestOf("step");
  store.state.cache.put({ key, description: "RUN x", result: "{}", layers, size: 50_000 });
  await store.images.remove(id);
  const before = await store.images.diskUsage();
  expect(before.images.size).toBe(0);
  expect(before.buildCache).toMatchObject({ total: 1, active: 0 });
  expect(before.buildCache.size).toBeGreaterThan(50_000);
  await store.images.pruneCache();
  const after = await store.images.diskUsage();
  expect(after.buildCache).toEqual({ total: 0, active: 0, size: 0, reclaimable: 0 });
  expect(sumOf(after)).toBe(du());
});
