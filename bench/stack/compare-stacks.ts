import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { median } from "../measure.ts";
import { formatBytes, formatRatio, formatSeconds, print, printHead } from "../table.ts";
import { concatenate, makeLayers } from "./layers.ts";
import { type Lowers, makeLowers } from "./lowers.ts";
import { measureLowers, samplePaths, type Times } from "./measure-lowers.ts";

const COUNTS = [20, 60];
const TURNS = 9;

interface Comparison {
  readonly count: number;
  readonly stacked: Lowers;
  readonly merged: Lowers;
}

/**
 * Whether an image of many layers is better mounted as one index over all of its tars than as a
 * stack of mounts. The one index is over the tars put together in one file, for a table of devices
 * would change nothing but the number of files to open.
 */
export function compareStacks(limits: { readonly runs: number }): void {
  const home = mkdtempSync(join(tmpdir(), "shale-bench-stack-"));
  try {
    const all = COUNTS.map((count) => prepare(home, count));
    const times = all.map((each) => takeTurns(each, Math.min(TURNS, limits.runs)));
    printComparison(all, times);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function prepare(home: string, count: number): Comparison {
  const tars = makeLayers(count);
  return {
    count,
    stacked: makeLowers(join(home, `${count}-stacked`), tars),
    merged: makeLowers(join(home, `${count}-merged`), [concatenate(tars)]),
  };
}

interface Turns {
  readonly stacked: Times[];
  readonly merged: Times[];
}

function takeTurns({ stacked, merged }: Comparison, turns: number): Turns {
  const paths = samplePaths(stacked);
  if (!isDeepStrictEqual(paths, samplePaths(merged)))
    throw new Error("the merged index has not the tree that the stack has");
  // The first turn brings the files into memory and does not count.
  measureLowers(stacked, paths);
  measureLowers(merged, paths);
  const rounds = Array.from({ length: turns }, () => ({
    stacked: measureLowers(stacked, paths),
    merged: measureLowers(merged, paths),
  }));
  return {
    stacked: rounds.map((round) => round.stacked),
    merged: rounds.map((round) => round.merged),
  };
}

function printComparison(all: readonly Comparison[], times: readonly Turns[]): void {
  printHead(COUNTS.flatMap((count) => [`${count} layers stacked`, "merged index", "ratio"]));
  for (const name of Object.keys(times[0]!.merged[0]!)) {
    const middle = (turns: readonly Times[]) => median(turns.map((turn) => turn[name]!));
    printPairs(
      name,
      formatSeconds,
      times.map((turns) => [middle(turns.stacked), middle(turns.merged)]),
    );
  }
  const pairs = (figure: (lowers: Lowers) => number) =>
    all.map(({ stacked, merged }): Pair => [figure(stacked), figure(merged)]);
  printPairs(
    "index, made of tars in memory",
    formatSeconds,
    pairs((lowers) => lowers.indexSeconds),
  );
  printPairs(
    "index, size",
    formatBytes,
    pairs((lowers) => lowers.indexSize),
  );
}

type Pair = readonly [stacked: number, merged: number];

function printPairs(name: string, format: (value: number) => string, pairs: readonly Pair[]): void {
  print([
    name,
    ...pairs.flatMap(([stacked, merged]) => [
      format(stacked),
      format(merged),
      formatRatio(stacked, merged),
    ]),
  ]);
}
