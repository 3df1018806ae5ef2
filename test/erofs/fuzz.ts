/**
 * Writes, mounts and compares random trees: `bun test/erofs/fuzz.ts COUNT [SEED]`. Damages a copy
 * of each image, too, which only our own reader opens. Needs root.
 */
import { fuzzTree } from "./fuzz-tree.ts";
import { Bench } from "./mounted.ts";
import { Random } from "./random-tree.ts";

const [count = 1000, seed = 1] = process.argv.slice(2).map(Number);
using bench = new Bench(new Random(seed).bytes(1 << 20));
const started = performance.now();
for (let i = 0; i < count; i++) {
  fuzzTree(bench, seed + i);
  if ((i + 1) % 1000 === 0 || i + 1 === count) report(i + 1);
}

function report(done: number): void {
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${done} trees, ${(done / seconds).toFixed(0)} a second\n`);
}
