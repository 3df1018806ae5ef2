// Times shale side by side with docker, podman and buildah, where they are installed. Every tool
// takes its turn in every round of a row; the table gives medians and the ratio to the best peer.
// Needs root.   npm run -s bench [-- PART...], each a part of the names of rows to run
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDockerd } from "../test/peers.ts";
import { base } from "../test/shale.ts";
import { type Measure, measure, median } from "./measure.ts";
import { makeNodeModules } from "./node-modules.ts";
import { type BenchRow, type Inputs, rows } from "./rows.ts";
import { buildahTool, dockerTool, podmanTool, shaleTool, type Tool } from "./tools.ts";

const wanted = process.argv.slice(2);
const home = mkdtempSync(join(process.env.SHALE_BENCH ?? tmpdir(), "shale-bench-"));
const installed = (program: string) => Bun.which(program) !== null;

await using docker = installed("dockerd") ? await startDockerd() : undefined;
const tools: Tool[] = [
  shaleTool(home),
  ...(docker ? [dockerTool("docker", docker.client, docker.host, "DOCKER_BUILDKIT=0")] : []),
  ...(docker ? [dockerTool("buildkit", docker.client, docker.host, "DOCKER_BUILDKIT=1")] : []),
  ...(installed("podman") ? [podmanTool(home)] : []),
  ...(installed("buildah") ? [buildahTool(home)] : []),
];

try {
  const inputs = prepare();
  const chosen = rows.filter(({ name }) => isWanted(name));
  print(["", ...tools.map((tool) => tool.name), "ratio to best peer", "peak memory"]);
  print(["---", ...tools.map(() => "--:"), "--:", "--:"]);
  for (const row of chosen) print(lineOf(row, inputs));
} finally {
  rmSync(home, { recursive: true, force: true });
}

function isWanted(name: string): boolean {
  return wanted.length === 0 || wanted.some((part) => name.includes(part));
}

function prepare(): Inputs {
  const steps = join(home, "steps");
  mkdirSync(steps, { recursive: true });
  const runs = Array.from({ length: 8 }, (_, index) => `RUN echo ${index} > /step-${index}\n`);
  writeFileSync(join(steps, "Dockerfile"), `FROM debian\n${runs.join("")}`);
  for (const tool of tools.filter(({ name }) => name !== "buildah" && name !== "buildkit")) {
    measure(tool.import(base("debian"), "debian"));
    measure(tool.import(base("busybox"), "busybox"));
  }
  return { debian: base("debian"), steps, nodeApp: makeNodeModules(home), scratch: home };
}

/** One row: its rounds, each tool in turn. */
function lineOf(row: BenchRow, inputs: Inputs): string[] {
  const measures = new Map<string, Measure[]>(tools.map((tool) => [tool.name, []]));
  for (let round = 0; round < row.runs; round++) {
    for (const tool of tools) {
      const command = row.command(tool, inputs);
      if (!command) continue;
      const before = row.before?.(tool, inputs);
      if (before) measure(before);
      // Nobody pays for what somebody else has not written to the disk yet.
      measure("sync");
      measures.get(tool.name)!.push(measure(command));
    }
  }
  const seconds = tools.map(({ name }) => median(measures.get(name)!.map((each) => each.seconds)));
  const [own, ...peers] = seconds;
  const best = Math.min(...peers.filter((value) => value > 0));
  const memory = Math.max(...measures.get("shale")!.map((each) => each.memory));
  return [
    row.name,
    ...seconds.map(inMilliseconds),
    `${(best / own!).toFixed(1)}x`,
    `${(memory / 1e6).toFixed(0)} MB`,
  ];
}

function inMilliseconds(seconds: number): string {
  if (Number.isNaN(seconds)) return "";
  return seconds < 10 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`;
}

function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}
