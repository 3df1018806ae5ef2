import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerService } from "#container";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { rowFormatFlag } from "../format-flag.ts";
import { formatRows, type Output, printable, showText } from "../output/index.ts";
import { StatsCollector } from "../stats-collector.ts";
import { type StatsRow, statsColumns, statsRow } from "../stats-rows.ts";

const INTERVAL_MS = 1000;
/** Samples come at once when a container is first looked at: the first page need not wait long. */
const FIRST_MS = 50;
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** Those that were named, or a way to find those that run now. */
type Names = readonly string[] | (() => Promise<readonly string[]>);

interface View {
  readonly format: string | undefined;
  readonly noTrunc: boolean;
}

export default defineCommand({
  usage: "[OPTIONS] [CONTAINER...]",
  summary: "Display a live stream of container(s) resource usage statistics",
  aliases: ["shale container stats", "shale stats"],
  args: { min: 0, max: Number.POSITIVE_INFINITY },
  flags: {
    all: { type: "bool", short: "a", help: "Show all containers (default shows just running)" },
    format: rowFormatFlag,
    noStream: { type: "bool", help: "Disable streaming stats and only pull the first result" },
    noTrunc: { type: "bool", help: "Do not truncate output" },
  },
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const containers = await (await context.engine()).containers();
    for (const name of args) await containers.inspect(name);
    const names = args.length > 0 ? args : () => ids(containers, flags.all);
    if (flags.noStream) {
      const rows = await sampleOnce(containers, await listOf(names));
      showText(context.stdout, await page(rows, flags));
    } else await showLive(context.stdout, containers, names, flags);
    return 0;
  },
});

async function ids(containers: ContainerService, all: boolean): Promise<string[]> {
  return (await containers.list({ all })).map(({ id }) => id.slice(0, 12));
}

async function listOf(names: Names): Promise<readonly string[]> {
  return typeof names === "function" ? await names() : names;
}

function sampleOnce(containers: ContainerService, names: readonly string[]): Promise<StatsRow[]> {
  const sampled = names.map(async (name) => {
    for await (const stats of containers.stats(name, { once: true }))
      return [statsRow(name, stats)];
    return [];
  });
  return Promise.all(sampled).then((rows) => rows.flat());
}

async function showLive(
  output: Output,
  containers: ContainerService,
  names: Names,
  view: View,
): Promise<void> {
  using collector = new StatsCollector(containers);
  if (output.isTerminal) output.write(`${HOME}${CLEAR_BELOW}`);
  for (let pause = FIRST_MS; ; pause = INTERVAL_MS) {
    if (pause === FIRST_MS || typeof names === "function") collector.watchOnly(await listOf(names));
    await sleep(pause);
    const text = await page(collector.rows, view);
    output.write(output.isTerminal ? redraw(printable(text), output.rows) : text);
    if (typeof names !== "function" && collector.isEmpty) return;
  }
}

function page(rows: readonly StatsRow[], { format, noTrunc }: View): Promise<string> {
  return formatRows({ format }, statsColumns(noTrunc), rows);
}

/** In place, line by line, so that nothing flickers; what does not fit stays away. */
function redraw(text: string, height: number): string {
  const lines = text
    .trimEnd()
    .split("\n")
    .slice(0, height - 1);
  return `${HOME}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join("")}${CLEAR_BELOW}`;
}
