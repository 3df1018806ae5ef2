import { readTar } from "#tar";
import { chunksOf } from "#bytes";
import { Random } from "/work/main/test/erofs/random-tree.ts";
import { randomStack } from "/work/main/test/erofs/random-stack.ts";
import { StackBench } from "/work/main/test/erofs/stack-bench.ts";
const seed = Number(process.argv[2]);
const tars = randomStack(new Random(seed), seed % 3 === 0 ? "any" : "common");
for (const tar of tars) { console.log("layer"); for await (const m of readTar(chunksOf(tar))) console.log("  ", m.header.path, m.header.type, m.header.mode.toString(8), m.header.linkPath ?? ""); }
const shown = [];
for (const d of ["overlay","erofs","copy"] as const) { using b = await StackBench.open(d); shown.push(await b.shown(tars, true)); }
const all = [...new Set(shown.flat())].sort();
for (const l of all) { const m = shown.map((s,i)=> s.includes(l) ? "OEC"[i] : "-").join(""); if (m !== "OEC") console.log(m, l.slice(0,200)); }
