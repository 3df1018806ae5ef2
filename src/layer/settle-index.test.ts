import { describe, expect, test } from "bun:test";
import { concat } from "#bytes";
import { type ErofsNode, type ErofsReader, isIntactErofs, openErofs } from "#erofs";
import { IndexStack, settleIndex } from "./index.ts";
import { directory, entry, file, hardlink, symlink } from "./testdata/fixture.ts";
import { indexOf, settledStack } from "./testdata/mounted-layer.ts";

type Layer = Uint8Array[];

/** A stack of layers, lowest first, as they are mounted; the topmost is given with the stack. */
function settled(...layers: Layer[]): { top: ErofsReader; stack: IndexStack } {
  const indexes = settledStack(...layers.map((entries) => concat(entries))).map((index) =>
    openErofs(index),
  );
  return { top: indexes.at(-1)!, stack: new IndexStack(indexes.toReversed()) };
}

/** What one layer has, a line for each name: a whiteout is a minus, an opaque directory a star. */
function shape(index: ErofsReader, node = index.root, above = ""): string[] {
  return [...index.entries(node)].flatMap(({ name, nid }) => {
    const child = index.node(nid);
    const path = `${above}${name}`;
    if (child.type === "directory") {
      const isOpaque = index.xattrs(child).has("trusted.overlay.opaque");
      return [`${path}/${isOpaque ? "*" : ""}`, ...shape(index, child, `${path}/`)];
    }
    const isWhiteout = child.type === "char" && child.deviceMajor === 0;
    return [isWhiteout ? `-${path}` : path];
  });
}

function at(index: ErofsReader, path: string): ErofsNode {
  return path.split("/").reduce((node, name) => index.lookup(node, name)!, index.root);
}

const BASE: Layer = [
  entry({ path: "./", type: "directory", mode: 0o711, uid: 5 }),
  entry({ path: "d", type: "directory", mode: 0o2750, uid: 7, xattrs: { "user.a": "b" } }),
  file("d/old"),
  directory("d/sub"),
  file("d/sub/deep"),
  file("f"),
];

describe("a directory that a layer has no entry for", () => {
  test("is taken over when it is the root, whatever attributes that has", () => {
    const root = (more: object) => entry({ path: "./", type: "directory", ...more });
    const plain = root({ mode: 0o1751, uid: 70_000, gid: 2 ** 32 - 2 });
    const marked = root({ xattrs: { "user.root": "yes" } });
    for (const base of [plain, marked]) {
      const { top } = settled([base], [directory("a"), file("a/f")], [directory("b")]);
      const { root: lowest } = openErofs(settledStack(concat([base]))[0]!);
      const { nid: _, linkCount: __, size: ___, ...attributes } = lowest;
      expect(top.root).toMatchObject(attributes);
      expect(top.xattrs(top.root).has("user.root")).toBe(base === marked);
      expect(shape(top)).toEqual(["b/"]);
      expect(isIntactErofs(top.bytes())).toBe(true);
    }
  });

  test("is as in the layers below", () => {
    const { top } = settled(BASE, [file("d/new")]);
    const node = at(top, "d");
    expect(node).toMatchObject({ mode: 0o2750, uid: 7, mtime: { seconds: 1_700_000_000 } });
    expect([...top.xattrs(node).keys()]).toEqual(["user.a"]);
    expect(top.root).toMatchObject({ mode: 0o711, uid: 5 });
  });

  test("is as the nearest layer below that says it has it", () => {
    const { top } = settled(
      BASE,
      [file("d/sub/x")],
      [entry({ path: "d", type: "directory", mode: 0o700 })],
      [file("d/sub/y")],
    );
    expect(at(top, "d").mode).toBe(0o700);
    expect(at(top, "d/sub").mode).toBe(0o755);
  });

  test("is root's where there is none below, or it was removed", () => {
    const plain = { mode: 0o755, uid: 0, mtime: { seconds: 0, nanoseconds: 0 } };
    for (const lower of [file(".wh.d", ""), file("d", "now a file")]) {
      const { top } = settled(BASE, [lower], [file("d/new"), file("other/new")]);
      for (const path of ["d", "other"]) {
        expect(at(top, path)).toMatchObject(plain);
        expect(top.xattrs(at(top, path)).size).toBe(0);
      }
    }
  });

  test("is root's in a root of which all was taken away before", () => {
    const { top } = settled(BASE, [file(".wh..wh..opq", ""), file("d/new")]);
    expect(shape(top)).toEqual(["d/*", "d/new", "-f"]);
    expect(at(top, "d")).toMatchObject({ mode: 0o755, uid: 0 });
  });

  test("keeps its attributes when all that it had is taken away", () => {
    const { top, stack } = settled(BASE, [file("d/.wh..wh..opq", ""), file("d/new")]);
    expect(shape(top)).toEqual(["d/*", "d/new"]);
    expect(at(top, "d")).toMatchObject({ mode: 0o2750, uid: 7 });
    expect(top.xattrs(at(top, "d")).has("user.a")).toBe(true);
    expect(stack.find("d/old")).toBeUndefined();
  });
});

describe("what a layer takes away", () => {
  const cases: [what: string, layer: Layer, shape: string[]][] = [
    ["a file", [file("d/.wh.old", "")], ["d/", "-d/old"]],
    ["a directory", [file(".wh.d", "")], ["-d"]],
    ["nothing that is there", [file(".wh.none", ""), file("x/y/.wh.none", "")], []],
    ["something below a file", [file("f/.wh.none", "")], []],
    ["all in a directory that is not there", [file("x/y/.wh..wh..opq", "")], []],
    ["a directory to make it again", [file(".wh.d", ""), file("d/new")], ["d/*", "d/new"]],
    ["a file to make it again", [file("f", "new"), file(".wh.f", "")], ["f"]],
    ["all in a directory", [file("d/.wh..wh..opq", "")], ["d/*"]],
    [
      "a name and all in its directory",
      [
        file("d/.wh.old", ""),
        file("d/sub/.wh.deep", ""),
        file("d/.wh..wh..opq", ""),
        file("d/new"),
      ],
      ["d/*", "d/new"],
    ],
    ["the whole root", [file(".wh..wh..opq", ""), file("new")], ["-d", "-f", "new"]],
    [
      "the whole root but what it has itself",
      [file("d/new"), file("d/.wh.old", ""), file("f", "new"), file(".wh..wh..opq", "")],
      ["d/*", "d/new", "f"],
    ],
  ];
  for (const [what, layer, expected] of cases)
    test(what, () => expect(shape(settled(BASE, layer).top)).toEqual(expected));

  test("means nothing in the lowest layer", () => {
    const layer = [file(".wh.x", ""), file("d/.wh.y", ""), file(".wh..wh..opq", ""), file("f")];
    const { top } = settled(layer);
    expect(shape(top)).toEqual(["f"]);
    expect(top.xattrs(top.root).has("trusted.overlay.opaque")).toBe(false);
  });

  test("is not what an upper layer has taken away already", () => {
    const gone = settled(BASE, [file(".wh.d", "")], [file("d/.wh.old", ""), file(".wh.d", "")]);
    expect(shape(gone.top)).toEqual([]);
    const opaque = settled(BASE, [file("d/.wh..wh..opq", "")], [file("d/.wh.old", "")]);
    expect(shape(opaque.top)).toEqual([]);
    const root = settled(BASE, [file(".wh.f", "")], [file(".wh..wh..opq", "")]);
    expect(shape(root.top)).toEqual(["-d"]);
  });
});

describe("an index", () => {
  test("that means the same on any layers is left as it is, and nothing below is read", () => {
    const unread = () => {
      throw new Error("the layers below are read");
    };
    const whole = [directory("./"), directory("d"), file("d/f"), symlink("s", "d"), file("s/g")];
    expect(settleIndex(openErofs(indexOf(concat(whole))), unread)).toBeUndefined();
    expect(settleIndex(openErofs(indexOf(concat([directory("./")]))), unread)).toBeUndefined();
  });

  test("that needs what is below is left alone where that changes nothing", () => {
    const index = openErofs(indexOf(concat([directory("./"), file(".wh.f", "")])));
    const base = openErofs(indexOf(concat(BASE)));
    expect(settleIndex(index, () => [base])).toBeUndefined();
    expect(settleIndex(index, () => [])).toBeDefined();
  });

  test("keeps files of several names, content in itself, and all of every inode", () => {
    const sparse = [{ offset: 5, length: 3 }];
    const { top } = settled(BASE, [
      Buffer.concat([
        entry({ path: "s", size: 2000, sparse }),
        Buffer.from("abc"),
        Buffer.alloc(509),
      ]),
      entry({ path: "x/a", content: "two names", mode: 0o4711, uid: 70_000, gid: 9 }),
      hardlink("y/b", "x/a"),
      symlink("y/l", "../x/a"),
      entry({ path: "y/c", type: "char", deviceMajor: 4, deviceMinor: 5, mode: 0o600 }),
      entry({ path: "y/p", type: "fifo", mtime: { seconds: -7, nanoseconds: 9 } }),
    ]);
    expect(at(top, "y/b").nid).toBe(at(top, "x/a").nid);
    expect(at(top, "x/a")).toMatchObject({ linkCount: 2, mode: 0o4711, uid: 70_000, gid: 9 });
    expect(top.readLink(at(top, "y/l"))).toBe("../x/a");
    expect(at(top, "y/c")).toMatchObject({ type: "char", deviceMajor: 4, deviceMinor: 5 });
    expect(at(top, "y/p").mtime).toEqual({ seconds: -7, nanoseconds: 9 });
    const extents = top.extents(at(top, "s"));
    expect(extents.every(({ inImage }) => inImage)).toBe(true);
    const content = Buffer.concat(extents.map((extent) => top.read(extent)));
    expect(content).toEqual(
      Buffer.concat([Buffer.alloc(5), Buffer.from("abc"), Buffer.alloc(1992)]),
    );
  });

  test("is the same bytes for the same layer, however its stream is cut", () => {
    const tar = concat([...BASE, hardlink("g", "f"), file("d/.wh.x", "")]);
    expect(Bun.hash(indexOf(tar))).toBe(Bun.hash(indexOf(tar)));
    const [one, other] = [settledStack(concat(BASE), tar)[1]!, settledStack(concat(BASE), tar)[1]!];
    expect(Buffer.compare(one, other)).toBe(0);
  });
});
