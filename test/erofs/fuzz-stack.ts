import { type Freedom, randomStack } from "./random-stack.ts";
import { Random } from "./random-tree.ts";
import { StackBench } from "./stack-bench.ts";

/** Shows the same stacks of layers by several drivers. */
export class StackFuzz implements Disposable {
  readonly #benches: readonly StackBench[];

  private constructor(benches: readonly StackBench[]) {
    this.#benches = benches;
  }

  static async open(): Promise<StackFuzz> {
    const drivers = ["overlay", "erofs", "copy"] as const;
    return new StackFuzz(await Promise.all(drivers.map((driver) => StackBench.open(driver))));
  }

  /** Fails, naming the seed, unless the stack of a seed is the same tree with every driver. */
  async compare(seed: number): Promise<void> {
    const freedom: Freedom = seed % 3 === 0 ? "any" : "common";
    const tars = randomStack(new Random(seed), freedom);
    const [first, ...others] = freedom === "any" ? this.#benches.slice(0, 2) : this.#benches;
    const want = await first!.shown(tars);
    for (const other of others) {
      const got = await other.shown(tars);
      if (!Bun.deepEquals(want, got)) throw different(`seed ${seed}, ${freedom}`, want, got, other);
    }
  }

  [Symbol.dispose](): void {
    for (const bench of this.#benches) bench[Symbol.dispose]();
  }
}

function different(what: string, want: string[], got: string[], { driver }: StackBench): Error {
  const lines = [
    ...want.filter((line) => !got.includes(line)).map((line) => `overlay: ${line}`),
    ...got.filter((line) => !want.includes(line)).map((line) => `${driver}: ${line}`),
  ];
  return new Error(`${what}:\n${lines.slice(0, 20).join("\n")}`);
}
