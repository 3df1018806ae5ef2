/**
 * Puts random stacks of layers together with every driver and compares the trees:
 * `bun test/erofs/fuzz-stacks.ts COUNT [SEED]`. Needs root.
 */
import { StackFuzz } from "./fuzz-stack.ts";

const [count = 1000, seed = 1] = process.argv.slice(2).map(Number);
using fuzz = await StackFuzz.open();
const started = performance.now();
let different = 0;
for (let i = 0; i < count; i++) {
  await fuzz.compare(seed + i).catch((error) => {
    different++;
    process.stdout.write(`${error.message}\n`);
  });
  if ((i + 1) % 500 === 0 || i + 1 === count) report(i + 1);
}
process.exitCode = different > 0 ? 1 : 0;

function report(done: number): void {
  const seconds = (performance.now() - started) / 1000;
  const speed = (done / seconds).toFixed(0);
  process.stdout.write(`${done} stacks, ${speed} a second, ${different} different\n`);
}
