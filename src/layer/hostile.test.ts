import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf, concat } from "#bytes";
import { type Kind, kindOf } from "#errors";
import { applyLayer, indexLayer } from "./index.ts";
import { isRoot, listTree, scratch } from "./testdata/fixture.ts";
import { HOSTILE_ARCHIVES } from "./testdata/hostile-archives.ts";
import { indexOf, mountsErofs, withMounted } from "./testdata/mounted-layer.ts";

const DOCUMENT = join(import.meta.dir, "../../docs/hostile-archives.md");
const INTRODUCTION = `# Hostile archives

What happens when a layer tries to reach out of the directory that it is extracted into, or to
exhaust the machine. Every row is a test (\`src/layer/hostile.test.ts\`, which also writes this page:
\`SHALE_UPDATE_GOLDEN=1 bun test src/layer/hostile.test.ts\`), run for all three ways of extracting:
into an overlay layer's own directory, into a whole tree, and into an index beside the tar that the
kernel mounts. *Refused* means that the whole layer fails and nothing of it stays; *confined* that
the entry is taken, inside the root. In both cases nothing outside is touched.
`;

/** The directory that must not change, beside the one that the layer goes into. */
function makeOutside(root: string): string[] {
  mkdirSync(join(root, "outside"));
  writeFileSync(join(root, "outside", "canary"), "untouched");
  return listTree(join(root, "outside"));
}

for (const whiteouts of ["overlay", "remove"] as const)
  for (const { attack, entries, verdict, limits } of HOSTILE_ARCHIVES)
    test.skipIf(!isRoot)(
      `${attack}, into ${whiteouts === "overlay" ? "a layer" : "a tree"}`,
      async () => {
        using place = scratch();
        const outside = makeOutside(place.path);
        const target = place.at("target");
        mkdirSync(target);
        const tar = chunksOf(...entries());
        const applied = applyLayer(tar, target, { whiteouts, ...(limits && { limits }) });
        if ("refused" in verdict) {
          const kind = await applied.then(() => "applied", kindOf);
          expect(kind).toBe(verdict.refused);
          expect(readdirSync(target)).toEqual([]);
        } else {
          await applied;
          await verdict.confined(target);
        }
        expect(listTree(place.at("outside"))).toEqual(outside);
      },
    );

for (const { attack, entries, verdict, limits } of HOSTILE_ARCHIVES)
  test.skipIf(!mountsErofs)(`${attack}, into an index`, async () => {
    using place = scratch();
    const outside = makeOutside(place.path);
    const tar = concat(entries());
    if ("refused" in verdict)
      expect(kindOfThrown(() => indexOf(tar, limits))).toBe(verdict.refused);
    else await withMounted(tar, place.at("target"), verdict.confined);
    expect(listTree(place.at("outside"))).toEqual(outside);
  });

test("an index is refused as soon as the entry is there, unless it is for what is not there", () => {
  for (const { attack, entries, verdict, limits } of HOSTILE_ARCHIVES) {
    const indexing = indexLayer(limits);
    const attempt = () => entries().forEach((bytes) => void indexing.write(bytes));
    const refused = "refused" in verdict ? verdict.refused : undefined;
    const atOnce = refused === "data-loss" ? undefined : refused;
    expect(kindOfThrown(attempt), attack).toBe(atOnce);
  }
});

test("the table of hostile archives in docs is the one tested here", () => {
  const text = formatTable();
  if (process.env.SHALE_UPDATE_GOLDEN === "1") writeFileSync(DOCUMENT, text);
  expect(readFileSync(DOCUMENT, "utf8")).toBe(text);
});

function kindOfThrown(attempt: () => void): Kind | undefined {
  try {
    attempt();
  } catch (error) {
    return kindOf(error);
  }
  return undefined;
}

function formatTable(): string {
  const rows = HOSTILE_ARCHIVES.map(({ attack, verdict, outcome }) => {
    const [word, kind] =
      "refused" in verdict ? ["refused", ` (\`${verdict.refused}\`)`] : ["confined", ""];
    return `| ${attack} | ${word}${kind} | ${outcome} |`;
  });
  return `${INTRODUCTION}\n| an archive has | verdict | how |\n|---|---|---|\n${rows.join("\n")}\n`;
}
