import { type Measure, measure, median, secondsSince } from "./measure.ts";
import type { BenchRow, Inputs } from "./rows.ts";
import { formatBytes, formatRatio, formatSeconds } from "./table.ts";
import type { Tool } from "./tools.ts";

/** Seconds after which a tool takes no further turn in a row. */
const PATIENCE = 90;

interface Turns {
  readonly tool: Tool;
  readonly own: Measure[];
  readonly floor: Measure[];
  /** Seconds, what is not timed included. */
  spent: number;
}

/** One row, round by round, each tool in turn; as lines of the table. */
export function takeTurns(
  row: BenchRow,
  tools: readonly Tool[],
  inputs: Inputs,
  limits: { readonly runs: number },
): string[][] {
  const all = tools.map((tool): Turns => ({ tool, own: [], floor: [], spent: 0 }));
  const players = all.filter(({ tool }) => takesPart(row, tool));
  for (let round = 0; round < Math.min(row.runs, limits.runs); round++)
    for (const turns of players) if (turns.spent < PATIENCE) takeTurn(row, turns, inputs);
  return [resultLine(row, all), ...floorLines(row, all)];
}

function takesPart({ about }: BenchRow, { only, copy }: Tool): boolean {
  if (about === "copies") return copy !== undefined;
  return only === undefined || only === about;
}

function takeTurn(row: BenchRow, turns: Turns, inputs: Inputs): void {
  const start = Bun.nanoseconds();
  const { tool } = turns;
  const command = row.command(tool, inputs);
  measure(row.before?.(tool, inputs).join("\n") ?? "");
  turns.own.push(measureAlone(command));
  if (row.floor) turns.floor.push(measureAlone(row.floor.command(tool, inputs)));
  turns.spent += secondsSince(start);
}

/** Nobody pays for what somebody else has not written to the disk yet. */
function measureAlone(command: string): Measure {
  measure("sync");
  return measure(command);
}

function resultLine(row: BenchRow, all: readonly Turns[]): string[] {
  const bytes = row.unit === "bytes";
  const figureOf = (each: Measure) => (bytes ? Number.parseInt(each.output, 10) : each.seconds);
  const results = all.map(({ own }) => median(own.map(figureOf)));
  const isOwn = (index: number) => all[index]!.tool.name.startsWith("shale");
  const peers = results.filter((value, index) => !Number.isNaN(value) && !isOwn(index));
  const shale = all.find(({ tool }) => tool.name === "shale");
  const own = shale ? results[all.indexOf(shale)]! : Number.NaN;
  return [
    row.name,
    ...results.map(bytes ? formatBytes : formatSeconds),
    formatRatio(Math.min(...peers), own),
    bytes || !shale ? "" : formatBytes(Math.max(...shale.own.map(({ memory }) => memory))),
  ];
}

function floorLines({ name, floor }: BenchRow, all: readonly Turns[]): string[][] {
  if (!floor) return [];
  const secondsOf = (measures: readonly Measure[]) =>
    median(measures.map(({ seconds }) => seconds));
  return [
    [floor.name, ...all.map((turns) => formatSeconds(secondsOf(turns.floor))), "", ""],
    [
      `${name} : ${floor.name}`,
      ...all.map((turns) => formatRatio(secondsOf(turns.own), secondsOf(turns.floor))),
      ...["", ""],
    ],
  ];
}
