import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Bytes, collect } from "#bytes";
import { kindOf, messageOf } from "#errors";
import type { TarHeader } from "#tar";
import { indexTar, type LayerEntry, type LayerLimits, writeLayer } from "./index.ts";

const MOST = 1 << 26;

/** Index and summary, or what is wrong with the layer. */
async function indexed(tar: Bytes, limits?: LayerLimits) {
  try {
    const indexing = indexTar(tar, limits);
    const bytes = await collect(indexing.bytes, MOST);
    return { bytes, ...indexing.end() };
  } catch (error) {
    return `${kindOf(error)}: ${messageOf(error)}`;
  }
}

/** The same bytes from somebody of whom nothing is known. */
async function* foreign(tar: Bytes): Bytes {
  yield* tar;
}

async function expectSame(entries: readonly LayerEntry[], limits?: LayerLimits) {
  const write = () => writeLayer(entries, { whiteouts: true });
  const written = await indexed(write(), limits);
  expect(written).toEqual(await indexed(foreign(write()), limits));
  return written;
}

const name = fc.constantFrom("a", "b", "dir", "ü", "\udcff\udcfe", "long".repeat(40));
const mark = fc.constantFrom(".wh.a", ".wh.dir", ".wh..wh..opq", ".wh..wh.plnk", "..", ".");
const path = fc
  .array(fc.oneof({ weight: 20, arbitrary: name }, { weight: 1, arbitrary: mark }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join("/"));
const type = fc.constantFrom<TarHeader["type"][]>(
  ...(["file", "file", "file", "directory", "directory"] as const),
  ...(["symlink", "hardlink", "char", "block", "fifo"] as const),
);
const id = fc.oneof(fc.constantFrom(0, 1000, 2 ** 21, 2 ** 32 - 2), fc.nat({ max: 70_000 }));
const mtime = fc.record({
  seconds: fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 33, 2 ** 35)),
  nanoseconds: fc.oneof(fc.constant(0), fc.nat({ max: 999_999_999 })),
});
const xattrs = fc
  .array(
    fc.tuple(
      fc.constantFrom("user.b", "user.a=1", "user.%3D", "trusted.ü", "security.selinux", "user.z"),
      fc.uint8Array({ maxLength: 40 }),
    ),
    { maxLength: 3 },
  )
  .map((pairs) => new Map(pairs));
const content = fc
  .oneof(fc.nat({ max: 2000 }), fc.constantFrom(0, 511, 512, 513, 524_288, 600_000))
  .map((size) => Buffer.alloc(size, 7));

const entry: fc.Arbitrary<LayerEntry> = fc
  .record({
    path,
    type,
    mode: fc.nat({ max: 0o7777 }),
    uid: id,
    gid: id,
    mtime,
    xattrs,
    linkPath: path,
    content,
    deviceMajor: fc.nat({ max: 300 }),
    deviceMinor: fc.nat({ max: 70_000 }),
  })
  .map(({ content, linkPath, deviceMajor, deviceMinor, ...common }) => {
    const { type } = common;
    const isLink = type === "symlink" || type === "hardlink";
    const isDevice = type === "char" || type === "block";
    const header = {
      ...common,
      size: type === "file" ? content.length : 0,
      ...(isLink && { linkPath }),
      ...(isDevice && { deviceMajor, deviceMinor }),
    };
    return type === "file" ? { header, content } : { header };
  });

test("a layer that is written has the index that parsing its tar gives, or the same failure", async () => {
  let good = 0;
  const entries = fc.array(entry, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(entries, async (entries) => {
      if (typeof (await expectSame(entries)) !== "string") good++;
    }),
    { numRuns: 300 },
  );
  expect(good).toBeGreaterThan(50);
});

test("its limits are those of any layer", async () => {
  const header = (path: string, size: number): LayerEntry["header"] => {
    const mtime = { seconds: 0, nanoseconds: 0 };
    return { path, type: "file", mode: 0o644, uid: 0, gid: 0, size, mtime, xattrs: new Map() };
  };
  const entries = ["a", "b", "c"].map((path) => ({
    header: header(path, 3),
    content: Buffer.from("abc"),
  }));
  expect(await expectSame(entries, { maxEntries: 3, maxSize: 9 })).toMatchObject({ size: 9 });
  for (const limits of [{ maxEntries: 2 }, { maxSize: 8 }])
    expect(await expectSame(entries, limits)).toStartWith("resource-exhausted: ");
});
