/** Needs root and a kernel that mounts EROFS from a file (6.12). */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountAll, mountsUnder, unmount, unmountAll } from "#kernel";
import { createSnapshotter, type LayerToUnpack, type Snapshotter } from "#snapshot";
import { openState, type State } from "#state";
import { file, layerTar, stack } from "../../src/snapshot/testdata/layer-tar.ts";

const LOWER = layerTar(file("d/old", "old"), file("f", "lower".repeat(300)));
const UPPER = layerTar(file("d/new", "new"), file("d/.wh.old"), file("f", "upper".repeat(300)));
const OTHER = layerTar(file("other", "x".repeat(20_000)));
const SHORTER = layerTar(file("short", "short"));

let root: string;
let state: State;
let snapshotter: Snapshotter;
let layers: LayerToUnpack[];

const open = () =>
  createSnapshotter({
    ...{ root, runtimeDirectory: join(root, "run"), state },
    ...{ driver: "erofs", rootless: false },
  });

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "shale-torn-"));
  state = openState(root);
  snapshotter = await open();
  layers = stack(LOWER, UPPER);
  for (const layer of layers) await snapshotter.unpack(layer);
});

afterEach(() => {
  state[Symbol.dispose]();
  for (const { target } of mountsUnder(root)) unmount(target, { detach: true });
  rmSync(root, { recursive: true });
});

/** A file of the snapshot of a chain. */
function path(layer: number, name: "index" | "tar"): string {
  const row = state.snapshots.get("erofs", layers[layer]!.chain)!;
  return join(root, "snapshots", String(row.id), name);
}

function shown(): Record<string, string> {
  const mounts = snapshotter.view(layers[1]!.chain);
  const target = mkdtempSync(join(tmpdir(), "shale-mounted-"));
  try {
    mountAll(mounts, target);
    const names = [...readdirSync(target), ...readdirSync(join(target, "d"))];
    const content = readFileSync(join(target, "f"), "utf8");
    unmountAll(mounts, target);
    return { names: names.sort().join(" "), content };
  } finally {
    rmSync(target, { recursive: true });
  }
}

const WHOLE = { names: "d f new", content: "upper".repeat(300) };

async function indexOf(tar: Uint8Array): Promise<Uint8Array> {
  const { indexLayer } = await import("#layer");
  const indexing = indexLayer();
  indexing.write(tar);
  return indexing.end().index;
}

const DAMAGES: Record<string, (path: (name: "index" | "tar") => string) => unknown> = {
  "index is missing": (path) => rmSync(path("index")),
  "index is empty": (path) => truncateSync(path("index")),
  "index is cut off": (path) =>
    truncateSync(path("index"), readFileSync(path("index")).length - 512),
  "index has more than it should": (path) => appendFileSync(path("index"), Buffer.alloc(512)),
  "index has one other byte": (path) => {
    const bytes = readFileSync(path("index"));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path("index"), bytes);
  },
  "index is of a larger tar": async (path) => writeFileSync(path("index"), await indexOf(OTHER)),
  "index is of a shorter tar": async (path) => writeFileSync(path("index"), await indexOf(SHORTER)),
  "tar is missing": (path) => rmSync(path("tar")),
  "tar is cut off": (path) => truncateSync(path("tar"), 1024),
};

describe("a snapshot whose", () => {
  for (const [what, damage] of Object.entries(DAMAGES))
    for (const layer of [0, 1])
      test(`${what} is not taken, and made again (${layer === 0 ? "below" : "on top"})`, async () => {
        await damage((name) => path(layer, name));
        snapshotter = await open();
        expect(layers.map(({ chain }) => snapshotter.has(chain))).toEqual([layer !== 0, false]);
        expect(() => snapshotter.view(layers[1]!.chain)).toThrow("is not unpacked");
        for (const each of layers) await snapshotter.unpack(each);
        expect(layers.map(({ chain }) => snapshotter.has(chain))).toEqual([true, true]);
        expect(shown()).toEqual(WHOLE);
      });

  test("index is damaged while it is mounted is not taken either", async () => {
    expect(shown()).toEqual(WHOLE);
    truncateSync(path(1, "index"), 512);
    expect(snapshotter.has(layers[1]!.chain)).toBe(false);
    for (const each of layers) await snapshotter.unpack(each);
    expect(shown()).toEqual(WHOLE);
  });
});
