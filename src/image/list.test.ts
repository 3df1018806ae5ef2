import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Filters } from "#filters";
import type { Digest } from "#oci";
import { openTestStore, putContainer, putImage, type TestStore } from "./testing/store.ts";

let store: TestStore;
let ids: Record<string, Digest>;

beforeAll(async () => {
  store = openTestStore();
  const make = (created: string, names: string[], labels: Record<string, string> = {}) =>
    putImage(store, {
      created,
      config: { Labels: labels },
      layers: [[{ path: created, content: "data" }]],
      names: names.map((name) => `docker.io/${name}`),
    });
  ids = {
    old: await make("2020-01-01T00:00:00Z", ["library/base:1", "library/base:latest"]),
    middle: await make("2022-01-01T00:00:00Z", ["team/app:v1"], { tier: "web", "": "" }),
    dangling: await make("2023-01-01T00:00:00Z", [], { tier: "db" }),
    recent: await make("2024-01-01T00:00:00Z", ["team/app:v2"], { tier: "web" }),
  };
  putContainer(store, ids.old!, "exited");
});

afterAll(() => store[Symbol.dispose]());

const listed = async (filters: Filters = {}) => {
  const images = await store.images.list({ filters });
  return images.map(({ id }) => Object.keys(ids).find((key) => ids[key] === id));
};

test("images are listed newest first, each once, with all its names", async () => {
  expect(await listed()).toEqual(["recent", "dangling", "middle", "old"]);
  const images = await store.images.list();
  expect(images.at(-1)).toEqual({
    id: ids.old!,
    repoTags: ["base:1", "base:latest"],
    repoDigests: [],
    created: Date.parse("2020-01-01T00:00:00Z"),
    size: 4,
    containers: 1,
  });
});

test("labels come when they are asked for", async () => {
  const [recent] = await store.images.list({ labels: true });
  expect(recent?.labels).toEqual({ tier: "web" });
});

test("filters choose as Docker's do", async () => {
  const cases: [Filters, string[]][] = [
    [{ dangling: ["true"] }, ["dangling"]],
    [{ dangling: ["0"] }, ["recent", "middle", "old"]],
    [{ before: ["team/app:v1"] }, ["old"]],
    [{ since: ["team/app:v1"] }, ["recent", "dangling"]],
    [{ since: ["base"], before: ["team/app:v2"] }, ["dangling", "middle"]],
    [{ until: ["2022-01-01T00:00:00Z"] }, ["middle", "old"]],
    [{ until: ["24h"] }, ["recent", "dangling", "middle", "old"]],
    [{ label: ["tier"] }, ["recent", "dangling", "middle"]],
    [{ label: ["tier=web", "tier"] }, ["recent", "middle"]],
    [{ "label!": ["tier=web"] }, ["dangling", "old"]],
    [{ reference: ["base"] }, ["old"]],
    [{ reference: ["*"] }, ["old"]],
    [{ reference: ["*/*:v2", "base:1"] }, ["recent", "old"]],
    [{ reference: ["team/app"] }, ["recent", "middle"]],
    [{ reference: ["nothing"] }, []],
  ];
  for (const [filters, expected] of cases) expect(await listed(filters)).toEqual(expected);
});

test("with a reference filter only the names that match are shown", async () => {
  const [image] = await store.images.list({ filters: { reference: ["base:1"] } });
  expect(image?.repoTags).toEqual(["base:1"]);
});

test("a filter that is wrong is refused", async () => {
  const cases: [Filters, string][] = [
    [{ colour: ["red"] }, "invalid filter 'colour'"],
    [{ dangling: ["maybe"] }, "invalid filter 'dangling=[maybe]'"],
    [{ before: ["nothing"] }, "No such image: nothing:latest"],
    [{ until: ["soon"] }, 'invalid timestamp "soon"'],
    [{ reference: ["[a"] }, "syntax error in pattern"],
  ];
  for (const [filters, message] of cases) await expect(listed(filters)).rejects.toThrow(message);
});
