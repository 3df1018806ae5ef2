import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chainsOf, type Digest, digestOf, hexOf } from "#oci";
import { blobsIn, openTestStore, putContainer, putImage, type TestStore } from "./testing/store.ts";

const BASE = [{ path: "base", content: "b".repeat(600) }];
const TOP = [{ path: "top", content: "t" }];

let store: TestStore;
beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store[Symbol.dispose]());

const put = (layers: (typeof BASE)[], ...names: string[]) =>
  putImage(store, { layers, names: names.map((name) => `docker.io/library/${name}`) });
const short = (id: Digest) => hexOf(id).slice(0, 12);
const lines = async (name: string, force = false) =>
  (await store.images.remove(name, { force })).map((removal) =>
    "untagged" in removal ? `Untagged: ${removal.untagged}` : `Deleted: ${removal.deleted}`,
  );

async function chains(id: Digest) {
  const { config } = await store.images.resolve(id);
  return chainsOf(config.rootfs.diff_ids);
}

test("the last name takes the image and its layers away, topmost first", async () => {
  const id = await put([BASE, TOP], "app:1");
  const [low, high] = await chains(id);
  expect(await lines("app:1")).toEqual([
    "Untagged: app:1",
    `Deleted: ${id}`,
    `Deleted: ${high}`,
    `Deleted: ${low}`,
  ]);
  expect(blobsIn(store)).toEqual([]);
  expect(store.state.layers.list()).toEqual([]);
});

test("one of several names is only taken off", async () => {
  const id = await put([BASE], "app:1", "app:2");
  expect(await lines("app:1")).toEqual(["Untagged: app:1"]);
  expect((await store.images.resolve(id)).tags).toEqual(["docker.io/library/app:2"]);
});

test("layers that another image stands on stay", async () => {
  const base = await put([BASE], "base:1");
  const app = await put([BASE, TOP], "app:1");
  const [low, high] = await chains(app);
  expect(await lines("app:1")).toEqual(["Untagged: app:1", `Deleted: ${app}`, `Deleted: ${high}`]);
  expect(await lines(base)).toEqual(["Untagged: base:1", `Deleted: ${base}`, `Deleted: ${low}`]);
});

test("a layer that the build cache keeps is not said to be deleted", async () => {
  const app = await put([BASE, TOP], "app:1");
  const { config } = await store.images.resolve(app);
  const [low, high] = await chains(app);
  const layers = config.rootfs.diff_ids.slice(1);
  store.state.cache.put({
    key: digestOf("x"),
    description: "RUN x",
    result: "{}",
    layers,
    size: 1,
  });
  expect(await lines("app:1")).toEqual(["Untagged: app:1", `Deleted: ${app}`, `Deleted: ${low}`]);
  expect(high).not.toBe(low);
});

test("an ID takes an image with one name, and with several only by force", async () => {
  const one = await put([BASE], "one:1");
  expect((await lines(short(one))).slice(0, 2)).toEqual(["Untagged: one:1", `Deleted: ${one}`]);
  const many = await put([BASE], "many:1", "many:2");
  await expect(lines(short(many))).rejects.toThrow(
    `conflict: unable to delete ${short(many)} (must be forced) - image is referenced in multiple repositories`,
  );
  expect((await lines(short(many), true)).slice(0, 3)).toEqual([
    "Untagged: many:1",
    "Untagged: many:2",
    `Deleted: ${many}`,
  ]);
});

test("the last tag of a repository takes the names with a digest along", async () => {
  const id = await put([BASE], "app:1");
  const pulled = `docker.io/library/app@${digestOf("pulled")}`;
  store.state.names.set(pulled, id);
  expect((await lines("app:1")).slice(0, 3)).toEqual([
    "Untagged: app:1",
    `Untagged: app@${digestOf("pulled")}`,
    `Deleted: ${id}`,
  ]);
});

test("an image without a name goes by its ID", async () => {
  const id = await put([BASE]);
  expect((await lines(id))[0]).toBe(`Deleted: ${id}`);
});

describe("an image that a container uses", () => {
  const cases = [
    {
      status: "running",
      by: "name",
      force: false,
      refused: "(must force) - container c0ffee000000",
    },
    {
      status: "exited",
      by: "name",
      force: false,
      refused: "(must force) - container c0ffee000000",
    },
    {
      status: "running",
      by: "id",
      force: false,
      refused: "(cannot be forced) - image is being used by running container c0ffee000000",
    },
    { status: "running", by: "id", force: true, refused: "(cannot be forced)" },
    {
      status: "exited",
      by: "id",
      force: false,
      refused: "(must be forced) - image is being used by stopped container c0ffee000000",
    },
    { status: "created", by: "id", force: false, refused: "(must be forced)" },
    { status: "paused", by: "id", force: true, refused: "(cannot be forced)" },
  ];
  for (const { status, by, force, refused } of cases)
    test(`${status}, by ${by}${force ? ", forced" : ""}, is refused`, async () => {
      const id = await put([BASE], "app:1");
      putContainer(store, id, status);
      const removed = lines(by === "name" ? "app:1" : short(id), force);
      await expect(removed).rejects.toMatchObject({ kind: "conflict" });
      await expect(removed).rejects.toThrow(refused);
      expect((await store.images.resolve("app:1")).id).toBe(id);
    });

  test("running, by name and force, loses its name alone", async () => {
    const id = await put([BASE], "app:1");
    putContainer(store, id, "running");
    expect(await lines("app:1", true)).toEqual(["Untagged: app:1"]);
    expect((await store.images.resolve(id)).tags).toEqual([]);
  });

  test("stopped, by force, goes, but the container keeps its layers", async () => {
    const id = await put([BASE], "app:1");
    putContainer(store, id, "exited");
    expect(await lines("app:1", true)).toEqual(["Untagged: app:1", `Deleted: ${id}`]);
    expect(store.state.layers.list()).toHaveLength(1);
    expect(blobsIn(store)).toContain(id);
  });

  test("of several names, loses one without force", async () => {
    const id = await put([BASE], "app:1", "other:1");
    putContainer(store, id, "running");
    expect(await lines("app:1")).toEqual(["Untagged: app:1"]);
  });
});
