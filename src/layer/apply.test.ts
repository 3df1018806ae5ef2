import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { chunksOf, concat, decodePath } from "#bytes";
import { kindOf } from "#errors";
import { AT_FDCWD, getXattr, setXattr, statAt } from "#kernel";
import { encodeHeader } from "#tar";
import { type ApplyOptions, applyLayer } from "./index.ts";
import {
  bytesOf,
  directory,
  entry,
  file,
  hardlink,
  inPieces,
  isRoot,
  listTree,
  scratch,
  symlink,
  tarOf,
} from "./testdata/fixture.ts";

const asRoot = test.skipIf(!isRoot);

function apply(target: string, entries: Uint8Array[], options: Partial<ApplyOptions> = {}) {
  mkdirSync(target, { recursive: true });
  return applyLayer(tarOf(...entries), target, { whiteouts: "overlay", ...options });
}

/** Names and types alone. */
function shape(root: string): string[] {
  return listTree(root, { times: false, overlay: true }).map((line) => {
    const [name, type] = line.split(" ");
    return line.includes("overlay.opaque") ? `${name} opaque` : `${name} ${type}`;
  });
}

asRoot("everything that tar can say of a file is on the disk", async () => {
  using place = scratch();
  const notUtf8 = decodePath(Uint8Array.of(0x63, 0x61, 0x66, 0xe9));
  const result = await apply(place.at("t"), [
    entry({ path: "su", mode: 0o4755, uid: 2 ** 32 - 2, gid: 4_000_000_000, content: "x" }),
    entry({ path: "pipe", type: "fifo", mode: 0o622 }),
    entry({ path: "null", type: "char", mode: 0o666, deviceMajor: 1, deviceMinor: 3 }),
    entry({ path: "disk", type: "block", gid: 6, deviceMajor: 259, deviceMinor: 70000 }),
    file("a/b"),
    hardlink("a/c", "./a/b"),
    symlink("link", "../../anywhere"),
    file(notUtf8),
    entry({ path: "early", mtime: { seconds: -1000, nanoseconds: 5 } }),
    entry({ path: "a", type: "directory", mode: 0o2750, mtime: { seconds: 1e9, nanoseconds: 7 } }),
    entry({ path: "./", type: "directory", mode: 0o1777, mtime: { seconds: 2e9, nanoseconds: 0 } }),
  ]);
  expect(result).toEqual({ entries: 11, size: 8, skipped: [] });
  const time = "1700000000.0";
  const facts = listTree(place.at("t")).map((line) => line.replace(/ [0-9a-f]{8}(?= |$)/, ""));
  expect(facts).toEqual([
    "a directory 2750 0:0 1000000000.7",
    `a/b file 644 0:0 ${time} 3`,
    `a/c file 644 0:0 ${time} 3 = a/b`,
    expect.stringMatching(/^caf. file 644 0:0 1700000000.0 4$/u),
    `disk block 644 0:6 ${time} 259,70000`,
    "early file 644 0:0 -1000.5 0",
    `link symlink 777 0:0 ${time} -> ../../anywhere`,
    `null char 666 0:0 ${time} 1,3`,
    `pipe fifo 622 0:0 ${time}`,
    `su file 4755 4294967294:4000000000 ${time} 1`,
  ]);
  const root = statAt(AT_FDCWD, place.at("t"))!;
  expect([root.mode, root.mtime.seconds]).toEqual([0o1777, 2e9]);
});

asRoot("file capabilities and other attributes are kept byte for byte", async () => {
  using place = scratch();
  const capability = Uint8Array.from([1, 0, 0, 2, 0, 0x20, ...new Uint8Array(14)]);
  const xattrs = new Map([
    ["security.capability", capability],
    ["user.binary", Uint8Array.of(0, 255, 10, 0)],
    ["user.empty", new Uint8Array()],
  ]);
  const header = { path: "ping", type: "file", mode: 0o755, uid: 1, gid: 2, size: 0 } as const;
  const mtime = { seconds: 0, nanoseconds: 0 };
  await apply(place.at("t"), [encodeHeader({ ...header, mtime, xattrs })]);
  for (const [name, value] of xattrs)
    expect(getXattr(place.at("t/ping"), name)).toEqual(Uint8Array.from(value));
});

asRoot("a sparse file keeps its holes", async () => {
  using place = scratch();
  const size = 10 * 2 ** 30;
  const sparse = [{ offset: 8 * 2 ** 30 + 4096, length: 3 }];
  const parts = [entry({ path: "log", size, sparse }), Buffer.from("end")];
  await apply(place.at("t"), [...parts, new Uint8Array(509)]);
  const { size: found, blocks } = statSync(place.at("t/log"));
  expect(found).toBe(size);
  expect(blocks).toBeLessThan(100);
});

const BASE = [
  directory("d"),
  file("d/old"),
  directory("d/sub"),
  file("d/sub/deep"),
  file("f"),
  symlink("l", "d"),
];

interface Story {
  readonly what: string;
  readonly layer: Uint8Array[];
  /** The names in the tree after BASE and the layer. */
  readonly tree: string[];
  /** What overlay gets. */
  readonly marks: string[];
}

const REST = ["f file", "l symlink"];
const KEPT = ["d directory", "d/old file", "d/sub directory", "d/sub/deep file", ...REST];
const STORIES: Story[] = [
  {
    what: "a whiteout of a file",
    layer: [file("d/.wh.old", "")],
    tree: ["d directory", "d/sub directory", "d/sub/deep file", ...REST],
    marks: ["d directory", "d/old char"],
  },
  {
    what: "a whiteout of a directory",
    layer: [file(".wh.d", "")],
    tree: REST,
    marks: ["d char"],
  },
  {
    what: "a whiteout of what is not there",
    layer: [file(".wh.nothing", "")],
    tree: KEPT,
    marks: [],
  },
  {
    what: "a whiteout before the same name as a file",
    layer: [file(".wh.d", ""), file("d", "new")],
    tree: ["d file", ...REST],
    marks: ["d file"],
  },
  {
    what: "a whiteout after the same name as a file",
    layer: [file("d", "new"), file(".wh.d", "")],
    tree: ["d file", ...REST],
    marks: ["d file"],
  },
  {
    what: "a whiteout before the same name as a directory",
    layer: [file(".wh.d", ""), directory("d"), file("d/new")],
    tree: ["d directory", "d/new file", ...REST],
    marks: ["d opaque", "d/new file"],
  },
  {
    what: "a whiteout after the same name as a directory",
    layer: [directory("d"), file("d/new"), file(".wh.d", "")],
    tree: ["d directory", "d/new file", ...REST],
    marks: ["d opaque", "d/new file"],
  },
  {
    what: "a whiteout before a file in a directory without an entry",
    layer: [file(".wh.d", ""), file("d/new")],
    tree: ["d directory", "d/new file", ...REST],
    marks: ["d opaque", "d/new file"],
  },
  {
    what: "an opaque mark after what stays",
    layer: [file("d/sub/new"), file("d/.wh..wh..opq", "")],
    tree: ["d directory", "d/sub directory", "d/sub/new file", ...REST],
    marks: ["d opaque", "d/sub directory", "d/sub/new file"],
  },
  {
    what: "an opaque mark before what stays",
    layer: [file("d/.wh..wh..opq", ""), file("d/new")],
    tree: ["d directory", "d/new file", ...REST],
    marks: ["d opaque", "d/new file"],
  },
  {
    what: "an opaque root",
    layer: [file(".wh..wh..opq", ""), file("d/new")],
    tree: ["d directory", "d/new file"],
    marks: ["d opaque", "d/new file", "f char", "l char"],
  },
  {
    what: "a file over a directory",
    layer: [file("d", "new")],
    tree: ["d file", ...REST],
    marks: ["d file"],
  },
  {
    what: "a directory over a symlink",
    layer: [directory("l"), file("l/new")],
    tree: [...KEPT.slice(0, 5), "l directory", "l/new file"],
    marks: ["l directory", "l/new file"],
  },
  {
    what: "a hard link over a file",
    layer: [file("g"), hardlink("f", "g")],
    tree: [...KEPT.slice(0, 4), "f file", "g file", "l symlink"],
    marks: ["f file", "g file"],
  },
];

for (const { what, layer, tree, marks } of STORIES) {
  asRoot(`${what} removes from a tree only what lower layers brought`, async () => {
    using place = scratch();
    await apply(place.at("t"), BASE);
    await apply(place.at("t"), layer, { whiteouts: "remove" });
    expect(shape(place.at("t"))).toEqual(tree);
  });
  asRoot(`${what} becomes a mark of overlay`, async () => {
    using place = scratch();
    await apply(place.at("lower"), BASE);
    await apply(place.at("layer"), layer, { lowers: [place.at("lower")] });
    expect(shape(place.at("layer"))).toEqual(marks);
  });
}

asRoot("a path through a link of a lower layer goes where it points", async () => {
  using place = scratch();
  await apply(place.at("t"), BASE);
  await apply(place.at("t"), [file("l/sub/new"), file("l/.wh.old", "")], { whiteouts: "remove" });
  const after = ["d directory", "d/sub directory", "d/sub/deep file", "d/sub/new file", ...REST];
  expect(shape(place.at("t"))).toEqual(after);
});

asRoot("a directory without an entry is as in the layers below", async () => {
  using place = scratch();
  const time = { seconds: 5, nanoseconds: 6 };
  const fields = { path: "a", type: "directory", mode: 0o2711, uid: 7, mtime: time } as const;
  await apply(place.at("1"), [entry({ ...fields, xattrs: { "user.x": "y" } }), directory("a/b")]);
  await apply(place.at("2"), [file("a/b/over")], { lowers: [place.at("1")] });
  await apply(place.at("3"), [file("a/b/c/new")], { lowers: [place.at("2"), place.at("1")] });
  expect(listTree(place.at("3")).slice(0, 3)).toEqual([
    "a directory 2711 7:0 5.6 user.x=79",
    "a/b directory 755 0:0 1700000000.0",
    "a/b/c directory 755 0:0 0.0",
  ]);
});

asRoot("a directory that a lower layer hides gives nothing on", async () => {
  using place = scratch();
  await apply(place.at("1"), [entry({ path: "a", type: "directory", mode: 0o711 })]);
  await apply(place.at("2"), [file(".wh.a", "")], { lowers: [place.at("1")] });
  await apply(place.at("3"), [file("a/f")], { lowers: [place.at("2"), place.at("1")] });
  expect(listTree(place.at("3"), { times: false })[0]).toBe("a directory 755 0:0");
});

asRoot("the attributes of a lower directory do not shine through a new entry for it", async () => {
  using place = scratch();
  await apply(place.at("t"), [entry({ path: "a", type: "directory", xattrs: { "user.x": "y" } })]);
  await apply(place.at("t"), [directory("a")], { whiteouts: "remove" });
  expect(listTree(place.at("t"), { times: false })).toEqual(["a directory 755 0:0"]);
});

asRoot("the time of a lower directory stays when just its content changes", async () => {
  using place = scratch();
  await apply(place.at("t"), BASE);
  await apply(place.at("t"), [file("d/sub/new"), file("d/.wh.old", "")], { whiteouts: "remove" });
  expect(listTree(place.at("t"))[0]).toBe("d directory 755 0:0 1700000000.0");
});

asRoot("a failure leaves the target empty, and an abort is a failure", async () => {
  using place = scratch();
  const cut = concat([...BASE, file("cut").subarray(0, 100)]);
  mkdirSync(place.at("t"));
  const options = { whiteouts: "overlay" } as const;
  const failed = await applyLayer(chunksOf(cut), place.at("t"), options).catch(kindOf);
  expect(failed).toBe("data-loss");
  expect(readdirSync(place.at("t"))).toEqual([]);
  const signal = AbortSignal.abort();
  const aborted = await apply(place.at("t"), BASE, { signal }).catch(kindOf);
  expect(aborted).toBe("cancelled");
});

asRoot("an attribute that cannot be here is told, a lost capability fails", async () => {
  using place = scratch();
  const link = entry({ path: "l", type: "symlink", linkPath: "x", xattrs: { "user.x": "y" } });
  const { skipped } = await apply(place.at("t"), [link]);
  expect(skipped).toEqual(["l: attribute user.x is not possible here"]);
  const broken = entry({ path: "f", xattrs: { "security.capability": "nonsense" } });
  await expect(apply(place.at("t"), [broken])).rejects.toThrow("security.capability");
});

asRoot("the attribute namespace of overlay without privilege", async () => {
  using place = scratch();
  mkdirSync(place.at("lower/d"), { recursive: true });
  const layer = [directory("d"), file("d/.wh..wh..opq", "")];
  const lowers = [place.at("lower")];
  await apply(place.at("t"), layer, { xattrPrefix: "user.overlay.", lowers });
  expect(Buffer.from(getXattr(place.at("t/d"), "user.overlay.opaque")!).toString()).toBe("y");
});

asRoot("the bytes of a stream may be cut anywhere", async () => {
  using place = scratch();
  const bytes = await bytesOf(tarOf(...BASE, file("long", "x".repeat(5000))));
  mkdirSync(place.at("t"));
  await applyLayer(inPieces(bytes, 333), place.at("t"), { whiteouts: "overlay" });
  expect(readFileSync(place.at("t/long"), "utf8")).toBe("x".repeat(5000));
});

asRoot("an old opaque attribute in a lower layer hides what is below it", async () => {
  using place = scratch();
  await apply(place.at("1"), [entry({ path: "a/b", type: "directory", mode: 0o711 })]);
  await apply(place.at("2"), [directory("a")]);
  setXattr(place.at("2/a"), "trusted.overlay.opaque", Buffer.from("y"));
  await apply(place.at("3"), [file("a/b/f")], { lowers: [place.at("2"), place.at("1")] });
  expect(listTree(place.at("3"), { times: false })[1]).toBe("a/b directory 755 0:0");
});
