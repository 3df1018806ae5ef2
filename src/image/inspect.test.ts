import { afterEach, beforeEach, expect, test } from "bun:test";
import { digestOf } from "#oci";
import { openTestStore, putImage, type TestStore } from "./testing/store.ts";
import { contentSize, tarOf } from "./testing/tar.ts";

const BASE = [{ path: "base", content: "b".repeat(5000) }];
const TOP = [{ path: "top", content: "t" }];

let store: TestStore;
beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store[Symbol.dispose]());

test("history tells each step, newest first, with the bytes of its layer", async () => {
  const id = await putImage(store, {
    layers: [BASE, TOP],
    names: ["docker.io/library/app:1"],
    history: [
      { created: "2024-01-01T00:00:00Z", created_by: "ADD rootfs.tar /" },
      { created: "2024-01-02T00:00:00Z", created_by: 'CMD ["sh"]', empty_layer: true },
      { created_by: "RUN touch /top", comment: "shale" },
    ],
  });
  expect(await store.images.history("app:1")).toEqual([
    {
      id,
      created: 0,
      createdBy: "RUN touch /top",
      size: contentSize(TOP),
      comment: "shale",
      tags: ["app:1"],
    },
    {
      id: undefined,
      created: Date.parse("2024-01-02T00:00:00Z"),
      createdBy: 'CMD ["sh"]',
      size: 0,
      comment: "",
      tags: [],
    },
    {
      id: undefined,
      created: Date.parse("2024-01-01T00:00:00Z"),
      createdBy: "ADD rootfs.tar /",
      size: contentSize(BASE),
      comment: "",
      tags: [],
    },
  ]);
});

test("layers that the history does not tell of still show", async () => {
  await putImage(store, { layers: [BASE, TOP], names: ["docker.io/library/app:1"] });
  const sizes = (await store.images.history("app:1")).map(({ size }) => size);
  expect(sizes).toEqual([contentSize(TOP), contentSize(BASE)]);
});

test("inspect says what Docker says, in its order", async () => {
  const id = await putImage(store, {
    layers: [BASE],
    names: ["docker.io/library/app:1", "quay.test/team/app:2"],
    author: "me",
    variant: "v3",
    config: {
      OnBuild: ["RUN x"],
      Cmd: ["sh"],
      Env: ["A=1"],
      Labels: {},
      Healthcheck: { Test: ["NONE"] },
      Hostname: "dropped",
    },
    history: [{ comment: "the last word" }],
  });
  store.state.names.set(`docker.io/library/app@${digestOf("x")}`, id);
  const inspected = await store.images.inspect("app:1");
  expect(inspected).toMatchObject({
    Id: id,
    RepoTags: ["app:1", "quay.test/team/app:2"],
    RepoDigests: [`app@${digestOf("x")}`],
    Parent: "",
    Comment: "the last word",
    Created: "2024-05-01T10:00:00Z",
    Author: "me",
    Config: { Env: ["A=1"], Cmd: ["sh"], Healthcheck: { Test: ["NONE"] }, OnBuild: ["RUN x"] },
    Architecture: "amd64",
    Variant: "v3",
    Os: "linux",
    Size: contentSize(BASE),
    GraphDriver: { Data: null, Name: "copy" },
    RootFS: { Type: "layers", Layers: [digestOf(tarOf(BASE))] as never },
  });
  expect(Object.keys(inspected)).toEqual(
    "Id RepoTags RepoDigests Parent Comment Created DockerVersion Author Config Architecture Variant Os Size GraphDriver RootFS Metadata".split(
      " ",
    ),
  );
  expect(Object.keys(inspected.Config)).toEqual(["Env", "Cmd", "Healthcheck", "OnBuild"]);
});
