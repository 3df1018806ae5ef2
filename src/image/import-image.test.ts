import { afterEach, beforeEach, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { chunksOf } from "#bytes";
import { digestOf } from "#oci";
import { blobsIn, openTestStore, type TestStore } from "./testing/store.ts";
import { tarOf } from "./testing/tar.ts";

const TAR = tarOf([
  { path: "bin", type: "directory", mode: 0o755 },
  { path: "bin/sh", content: "#!", mode: 0o755 },
]);
const CREATED = Date.parse("2024-05-01T10:00:00Z");

let store: TestStore;
beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store[Symbol.dispose]());

test("a root file system becomes an image of one layer", async () => {
  const id = await store.images.import(chunksOf(TAR), {
    name: "base",
    created: CREATED,
    platform: { os: "linux", architecture: "riscv64" },
  });
  const { config, tags } = await store.images.resolve("base:latest");
  expect(tags).toEqual(["docker.io/library/base:latest"]);
  expect(config).toEqual({
    architecture: "riscv64",
    os: "linux",
    created: "2024-05-01T10:00:00.000Z",
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(TAR)] as never },
    history: [{ created: "2024-05-01T10:00:00.000Z", comment: "Imported from -" }],
  });
  expect(store.content.stat(digestOf(TAR))?.size).toBe(TAR.length);
  expect(await store.images.import(chunksOf(TAR), { created: CREATED, platform: config })).toBe(id);
});

test("whatever it is compressed with, the layer is the tar (needs xz and bzip2)", async () => {
  const packed = [
    gzipSync(TAR),
    Buffer.concat([gzipSync(TAR.subarray(0, 700)), gzipSync(TAR.subarray(700))]),
    zstdCompressSync(TAR),
    Bun.spawnSync(["xz", "-c"], { stdin: TAR }).stdout,
    Bun.spawnSync(["bzip2", "-c"], { stdin: TAR }).stdout,
  ];
  for (const bytes of packed) {
    const { config } = await store.images.resolve(await store.images.import(chunksOf(bytes)));
    expect<readonly string[]>(config.rootfs.diff_ids).toEqual([digestOf(TAR)]);
  }
});

test("changes and a message go into the config", async () => {
  const changes = [
    'CMD ["/bin/sh"]',
    "ENV A=1 B=two",
    "ENV C=$A-$B",
    "WORKDIR /srv",
    "WORKDIR app",
  ];
  const id = await store.images.import(chunksOf(TAR), { changes, message: "my base" });
  const { Config, Comment } = await store.images.inspect(id);
  expect(Config).toEqual({
    Env: ["A=1", "B=two", "C=1-two"],
    Cmd: ["/bin/sh"],
    WorkingDir: "/srv/app",
  });
  expect(Comment).toBe("my base");
});

test("a root file system is fetched from a URL", async () => {
  using server = Bun.serve({
    port: 0,
    fetch: ({ url }) =>
      url.endsWith("/rootfs.tar.gz")
        ? new Response(gzipSync(TAR))
        : new Response("", { status: 404 }),
  });
  const id = await store.images.import(new URL("/rootfs.tar.gz", server.url));
  expect((await store.images.inspect(id)).Comment).toBe(`Imported from ${server.url}rootfs.tar.gz`);
  const missing = store.images.import(new URL("/nothing", server.url));
  await expect(missing).rejects.toThrow("the server says 404");
});

test("what cannot be imported leaves nothing behind", async () => {
  const cases: [Uint8Array, object, string][] = [
    [Buffer.from("hello".repeat(200)), {}, "not a tar header"],
    [TAR.subarray(0, 1100), {}, "cut off"],
    [tarOf([{ path: "../../evil" }]), {}, 'goes up by ".."'],
    [gzipSync(TAR).subarray(0, 60), {}, "damaged gzip data"],
    [TAR, { name: "UPPER" }, "must be lowercase"],
    [TAR, { changes: ["RUN rm -rf /"] }, "RUN is not a valid change command"],
    [TAR, { changes: ["CMDD x"] }, "unknown instruction"],
  ];
  for (const [bytes, options, message] of cases)
    await expect(store.images.import(chunksOf(bytes), options)).rejects.toThrow(message);
  expect(blobsIn(store)).toEqual([]);
  expect(store.state.images.list()).toEqual([]);
});
