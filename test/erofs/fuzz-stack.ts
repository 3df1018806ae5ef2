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
    const want = withoutBare(await first!.shown(tars));
    for (const other of others) {
      const got = withoutBare(await other.shown(tars));
      if (!Bun.deepEquals(want, got)) throw different(`seed ${seed}, ${freedom}`, want, got, other);
    }
  }

  [Symbol.dispose](): void {
    for (const bench of this.#benches) bench[Symbol.dispose]();
  }
}

/**
 * Without empty directories that no entry tells of: overlay's layers have them for marks in
 * directories that are not there.
 */
function withoutBare(tree: string[]): string[] {
  const isBare = (line: string, next = "") => {
    const [name] = line.split(" directory 755 0:0 0.0");
    return line !== name && !next.startsWith(`${name}/`);
  };
  const kept: string[] = [];
  for (const line of tree.toReversed()) if (!isBare(line, kept.at(-1))) kept.push(line);
  return kept.reverse();
}

function different(what: string, want: string[], got: string[], { driver }: StackBench): Error {
  const lines = [
    ...want.filter((line) => !got.includes(line)).map((line) => `overlay: ${line}`),
    ...got.filter((line) => !want.includes(line)).map((line) => `${driver}: ${line}`),
  ];
  return new Error(`${what}:\n${lines.slice(0, 20).join("\n")}`);
}
