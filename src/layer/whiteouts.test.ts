/** What is left of whiteouts once all entries of a layer are there. Needs root. */
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { type ApplyOptions, applyLayer } from "./index.ts";
import { directory, entry, file, isRoot, listTree, scratch, tarOf } from "./testdata/fixture.ts";

const asRoot = test.skipIf(!isRoot);

async function apply(target: string, entries: Uint8Array[], options: Partial<ApplyOptions> = {}) {
  mkdirSync(target, { recursive: true });
  await applyLayer(tarOf(...entries), target, { whiteouts: "overlay", ...options });
}

const BASE = [directory("d"), file("d/old"), directory("d/sub"), file("d/sub/deep"), file("f")];
const MARK = "char 0 0:0 0,0";
const OPAQUE = "trusted.overlay.opaque=79";
const PLAIN = "directory 755 0:0";
const NEW = "d/sub/new file 644 0:0 9 a2ff8247";

interface Story {
  readonly what: string;
  readonly layer: Uint8Array[];
  readonly marks: string[];
}

const STORIES: Story[] = [
  {
    what: "a whiteout before the whole of its directory is taken away",
    layer: [directory("d"), file("d/.wh.old", ""), file("d/.wh..wh..opq", "")],
    marks: [`d ${PLAIN} ${OPAQUE}`],
  },
  {
    what: "a whiteout after the whole of its directory was taken away",
    layer: [directory("d"), file("d/.wh..wh..opq", ""), file("d/.wh.old", "")],
    marks: [`d ${PLAIN} ${OPAQUE}`],
  },
  {
    what: "a whiteout further down in a directory that becomes opaque",
    layer: [file("d/sub/new"), file("d/sub/.wh.deep", ""), directory("d"), file(".wh.d", "")],
    marks: [`d ${PLAIN} ${OPAQUE}`, `d/sub ${PLAIN}`, NEW],
  },
  {
    what: "a whiteout in a directory that another whiteout took away",
    layer: [file(".wh.d", ""), directory("d"), file("d/.wh.old", "")],
    marks: [`d ${PLAIN} ${OPAQUE}`],
  },
  {
    what: "whiteouts below an opaque root",
    layer: [file("d/.wh.old", ""), file("d/.wh.none", ""), file(".wh..wh..opq", "")],
    marks: [`d ${MARK}`, `f ${MARK}`],
  },
  {
    what: "whiteouts in directories that are nowhere",
    layer: [file("no/where/.wh.x", ""), file("no/.wh.x", ""), file("none/.wh..wh..opq", "")],
    marks: [],
  },
  {
    what: "a whiteout below a lower layer's file",
    layer: [file("f/.wh.x", "")],
    marks: [],
  },
  {
    what: "a whiteout in a directory that is nowhere, and gets an entry",
    layer: [file("no/.wh.x", ""), directory("no")],
    marks: [`no ${PLAIN}`],
  },
  {
    what: "a whiteout that still takes something away",
    layer: [file("d/sub/.wh.deep", ""), file("d/sub/.wh.none", "")],
    marks: [`d ${PLAIN}`, `d/sub ${PLAIN}`, `d/sub/deep ${MARK}`],
  },
  {
    what: "a lower directory that is emptied without an entry for it",
    layer: [file("d/sub/.wh..wh..opq", "")],
    marks: [`d ${PLAIN}`, `d/sub ${PLAIN} ${OPAQUE}`],
  },
];

for (const { what, layer, marks } of STORIES)
  asRoot(`an overlay's layer of ${what} has no mark too many`, async () => {
    using place = scratch();
    await apply(place.at("lower"), BASE);
    await apply(place.at("layer"), layer, { lowers: [place.at("lower")] });
    expect(listTree(place.at("layer"), { times: false, overlay: true })).toEqual(marks);
  });

asRoot("a directory has its time after whiteouts in it that are not needed", async () => {
  using place = scratch();
  const mtime = { seconds: 5, nanoseconds: 6 };
  const layer = [
    entry({ path: "d", type: "directory", mtime }),
    ...[file("d/no/where/.wh.x", ""), file("d/.wh.none", ""), file("d/.wh..wh..opq", "")],
  ];
  await apply(place.at("lower"), BASE);
  await apply(place.at("layer"), layer, { lowers: [place.at("lower")] });
  expect(listTree(place.at("layer"))).toEqual([`d ${PLAIN} 5.6`]);
});

for (const mark of [".wh.d", ".wh..wh..opq"])
  asRoot(`directories that outlive a ${mark} keep their times`, async () => {
    using place = scratch();
    await apply(place.at("t"), [...BASE, file("d/sub/x/y"), directory("d/sub/x")]);
    await apply(place.at("t"), [file("d/sub/x/new"), file(mark, "")], { whiteouts: "remove" });
    const time = "1700000000.0";
    expect(listTree(place.at("t")).filter((line) => line.includes(" directory "))).toEqual([
      `d ${PLAIN} ${time}`,
      `d/sub ${PLAIN} ${time}`,
      `d/sub/x ${PLAIN} ${time}`,
    ]);
  });
