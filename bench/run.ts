// Times shale side by side with docker, podman and buildah, where they are installed. Every tool
// takes its turn in every round of a row; the table gives medians and the ratio to the best peer.
// Needs root and a quiet machine. TMPDIR says on which disk.
//   npm run -s bench [-- [--runs N] [--tools NAME,NAME...] [PART...]]
// PART: a part of the names of rows to run, `server` or `stack`. --runs: turns of each tool, at most.
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { startDockerRegistry } from "../test/docker-registry.ts";
import { startDockerd } from "../test/peers.ts";
import { createSandbox } from "../test/shale.ts";
import { containerRows } from "./container-rows.ts";
import { prepareInputs } from "./inputs.ts";
import { measure } from "./measure.ts";
import { rows as imageRows } from "./rows.ts";
import { print, printHead } from "./table.ts";
import { takeTurns } from "./take-turns.ts";
import {
  buildahTool,
  buildkitTool,
  dockerTool,
  podmanTool,
  shaleTool,
  skopeoTool,
  type Tool,
} from "./tools.ts";

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string" }, tools: { type: "string" } },
});
const limits = { runs: Number(values.runs ?? Number.POSITIVE_INFINITY) };
const rows = [...imageRows, ...containerRows];
const chosen = rows.filter(({ name }) => isWanted(name));

// Ctrl-C ends the command that runs; that fails the bench, and so all that it made is removed.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
if (chosen.length > 0) await compare();
if (isWanted("server")) await server();
if (isWanted("stack")) {
  const { compareStacks } = await import("./stack/compare-stacks.ts");
  compareStacks(limits);
}

function isWanted(name: string): boolean {
  return wanted.length === 0 || wanted.some((part) => name.includes(part));
}

async function compare(): Promise<void> {
  using erofs = createSandbox();
  using overlay = createSandbox();
  await using docker = isInstalled("dockerd", "docker") ? await startDockerd() : undefined;
  const home = dirname(erofs.root);
  const tools = [
    shaleTool("shale", erofs.root),
    shaleTool("shale-overlay", overlay.root, "--storage-driver overlay"),
    ...(docker ? [dockerTool(docker.client, docker.host)] : []),
    ...(docker ? [buildkitTool(docker.client, docker.host)] : []),
    ...(isInstalled("podman") ? [podmanTool(home)] : []),
    ...(isInstalled("podman", "buildah") ? [buildahTool(home)] : []),
    ...(isInstalled("skopeo") ? [skopeoTool()] : []),
  ].filter(isChosen);
  await using full = await startDockerRegistry();
  await using target = await startDockerRegistry();
  const inputs = prepareInputs(home, [full, target]);
  for (const { name, call } of tools.filter(({ name }) => name.startsWith("shale")))
    process.stdout.write(`${name}: ${driverOf(call)}\n`);
  printHead([...tools.map(({ name }) => name), "best peer : shale", "peak memory of shale"]);
  for (const row of chosen) for (const line of takeTurns(row, tools, inputs, limits)) print(line);
}

async function server(): Promise<void> {
  const { compareServers } = await import("./server/compare-servers.ts");
  using sandbox = createSandbox();
  await using registry = await startDockerRegistry();
  await compareServers(prepareInputs(dirname(sandbox.root), [registry, registry]));
}

/** Of the tool itself or, for docker and buildkit, of either. */
function isInstalled(...programs: readonly string[]): boolean {
  return programs.every((program) => Bun.which(program) !== null);
}

function isChosen({ name }: Tool): boolean {
  return values.tools === undefined || values.tools.split(",").includes(name);
}

function driverOf(call: string): string {
  return measure(`${call} info | grep -i 'storage driver'`).output.trim();
}
