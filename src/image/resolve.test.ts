import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Digest, digestOf, hexOf } from "#oci";
import { openTestStore, putImage, type TestStore } from "./testing/store.ts";

let store: TestStore;
let app: Digest;

beforeAll(async () => {
  store = openTestStore();
  const file = [{ path: "a", content: "x" }];
  app = await putImage(store, { layers: [file], names: ["docker.io/library/app:latest"] });
  store.state.names.set("docker.io/library/app:v2", app);
  store.state.names.set("localhost:5000/team/app:v1", app);
  store.state.names.set(`docker.io/library/app@${digestOf("pulled")}`, app);
  // Two images whose IDs begin alike.
  const row = store.state.images.get(app)!;
  for (const digit of ["1", "2"])
    store.state.images.put({ ...row, id: `sha256:${"f".repeat(20)}${digit.repeat(44)}` as Digest });
});

afterAll(() => store[Symbol.dispose]());

const idOf = async (name: string) => (await store.images.resolve(name)).id;

test("an image is found by every form of its name", async () => {
  for (const name of [
    "app",
    "app:latest",
    "docker.io/app",
    "docker.io/library/app:v2",
    "index.docker.io/library/app",
    "localhost:5000/team/app:v1",
    `app@${digestOf("pulled")}`,
    `app:latest@${digestOf("pulled")}`,
  ])
    expect(await idOf(name)).toBe(app);
});

test("an image is found by its ID, whole or in part", async () => {
  const hex = hexOf(app);
  for (const name of [app, hex, hex.slice(0, 12), hex.slice(0, 1), app.slice(0, 15)])
    expect(await idOf(name)).toBe(app);
});

test("an image is found by its repository and the digest of its manifest", async () => {
  const { manifest } = store.state.images.get(app)!;
  expect(await idOf(`localhost:5000/team/app@${manifest}`)).toBe(app);
  await expect(idOf(`other@${manifest}`)).rejects.toThrow("No such image");
});

test("a name goes before an ID that begins like it", async () => {
  const prefix = hexOf(app).slice(0, 3);
  const other = await putImage(store, {
    layers: [],
    names: [`docker.io/library/${prefix}:latest`],
  });
  expect(await idOf(prefix)).toBe(other);
});

describe("what is not here is refused in Docker's words", () => {
  const cases: [name: string, message: string][] = [
    ["nothing", "No such image: nothing:latest"],
    ["nothing:1", "No such image: nothing:1"],
    ["docker.io/library/nothing:1", "No such image: nothing:1"],
    ["ap:v2", "No such image: ap:v2 (did you mean app:v2?)"],
    ["0".repeat(64), `No such image: sha256:${"0".repeat(64)}`],
    ["ffff", "No such image: ffff (several IDs start so: ffffffffffff, ffffffffffff)"],
    ["Nothing", "invalid reference format: repository name (library/Nothing) must be lowercase"],
  ];
  for (const [name, message] of cases)
    test(name, async () => {
      await expect(idOf(name)).rejects.toThrow(message);
    });
});

test("a tag moves from one image to another", async () => {
  const other = await putImage(store, { layers: [[{ path: "b" }]] });
  await store.images.tag(other, "app:moving");
  await store.images.tag("app", "app:moving");
  expect(await idOf("app:moving")).toBe(app);
});

test("a tag that cannot be is refused", async () => {
  const refusals: [target: string, message: string][] = [
    ["UPPER", "must be lowercase"],
    [`app@${digestOf("x")}`, "refusing to create a tag with a digest reference"],
    ["sha256:abc", "refusing to create an ambiguous tag using digest algorithm as name"],
  ];
  for (const [target, message] of refusals)
    await expect(store.images.tag("app", target)).rejects.toThrow(message);
  await expect(store.images.tag("nothing", "new")).rejects.toThrow("No such image: nothing:latest");
});
