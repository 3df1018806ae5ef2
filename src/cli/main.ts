import { commands } from "./commands.ts";
import { type GlobalFlags, globalFlags, type OpenContext, openContext } from "./context.ts";
import { defineProgram, runProgram } from "./flags/index.ts";
import { openOutput, reportError } from "./output/index.ts";
import { version } from "./version.ts";

let context: OpenContext | undefined;

const program = defineProgram({
  name: "shale",
  summary: "Build, keep, share and run container images, without a daemon",
  version: `shale version ${version}`,
  flags: globalFlags,
  commands,
  common: ["run", "ps", "build", "images"],
  context(globals: GlobalFlags) {
    context = openContext(globals);
    return context;
  },
});

async function main(): Promise<number> {
  const terminal = { stdout: openOutput(1), stderr: openOutput(2) };
  try {
    return await runProgram(program, process.argv.slice(2), terminal);
  } catch (error) {
    return reportError(error, terminal.stderr);
  } finally {
    await context?.[Symbol.asyncDispose]();
  }
}

process.exit(await main());
