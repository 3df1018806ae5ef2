/** Needs root and a kernel that mounts EROFS from a file (6.12). */
import { expect, test } from "bun:test";
import { StackFuzz } from "./fuzz-stack.ts";
import { randomStack } from "./random-stack.ts";
import { Random } from "./random-tree.ts";
import { StackBench } from "./stack-bench.ts";

test("60 random stacks of layers are the same tree with every driver", async () => {
  using fuzz = await StackFuzz.open();
  for (let seed = 1; seed <= 60; seed++) await fuzz.compare(seed);
}, 60_000);

test("a stack that cannot be put together leaves nothing mounted", async () => {
  using bench = await StackBench.open("erofs");
  const [good] = randomStack(new Random(7), "common");
  expect(await bench.shown([good!, good!.subarray(0, 700)])).toEqual(["it fails"]);
  expect(await bench.shown([good!])).not.toEqual(["it fails"]);
});
