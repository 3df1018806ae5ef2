import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BuildOptions, BuildResult, ContextSource, DockerfileSource } from "#build";
import type { Bytes } from "#bytes";
import { fail } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand, type FlagValues, UsageError } from "../flags/index.ts";
import { openProgress, type ProgressMode } from "../progress/build-progress.ts";
import { failureReport } from "../progress/failure-report.ts";
import { Transcript } from "../progress/transcript.ts";
import { readStandardInput } from "../session/build-input.ts";

const flags = {
  buildArg: { type: "list", help: "Set build-time variables" },
  file: {
    type: "string",
    short: "f",
    help: 'Name of the Dockerfile (default: "PATH/Dockerfile", "-" for standard input)',
  },
  iidfile: { type: "string", help: "Write the image ID to a file" },
  label: { type: "list", help: "Set metadata for an image" },
  noCache: { type: "bool", help: "Do not use cache when building the image" },
  platform: { type: "string", help: "Set platform for build" },
  progress: {
    type: "enum",
    choices: ["auto", "plain", "tty", "rawjson", "quiet"],
    default: "auto",
    help: 'Set type of progress output ("auto", "plain", "tty", "rawjson", "quiet")',
  },
  pull: { type: "bool", help: "Always attempt to pull all referenced images" },
  quiet: {
    type: "bool",
    short: "q",
    help: "Suppress the build output and print image ID on success",
  },
  tag: { type: "list", short: "t", help: 'Name and optionally a tag (format: "name:tag")' },
  target: { type: "string", help: "Set the target build stage to build" },
} as const;

type BuildFlags = FlagValues<typeof flags>;

export default defineCommand({
  usage: "[OPTIONS] PATH | -",
  summary: "Build an image from a Dockerfile",
  aliases: ["shale build", "shale builder build", "shale image build"],
  args: { min: 1, max: 1 },
  flags,
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const options = await buildOptions(context, flags, args[0]!);
    const { id } = await runBuild(context, flags, options);
    if (flags.iidfile !== undefined) writeFileSync(resolve(context.directory, flags.iidfile), id);
    if (flags.quiet) context.stdout.write(`${id}\n`);
    return 0;
  },
});

async function runBuild(
  context: CommandContext,
  { quiet, progress: wanted }: BuildFlags,
  options: BuildOptions,
): Promise<BuildResult> {
  const mode: ProgressMode = quiet ? "quiet" : wanted;
  const progress = await openProgress(mode, context.stderr);
  const transcript = new Transcript();
  const interruption = context.interruption();
  const builder = await (await context.engine()).builder();
  try {
    return await builder.build(
      options,
      (event) => {
        transcript.add(event);
        progress.handle(event);
      },
      interruption,
    );
  } catch (error) {
    progress.end();
    if (mode !== "rawjson") context.stderr.write(failureReport(transcript));
    throw interruption.aborted ? interruption.reason : error;
  } finally {
    progress.end();
  }
}

async function buildOptions(
  context: CommandContext,
  flags: BuildFlags,
  path: string,
): Promise<BuildOptions> {
  const { target, platform, noCache, pull, tag } = flags;
  return {
    ...(await sourcesOf(context, flags.file, path)),
    buildArgs: pairsOf(flags.buildArg, context.environment),
    labels: pairsOf(flags.label),
    tags: tag,
    noCache,
    pull,
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
  };
}

type Sources = Pick<BuildOptions, "context" | "dockerfile">;

/** What `PATH | -` and `-f FILE | -` say: standard input is one of the two, or neither. */
async function sourcesOf(
  { directory }: CommandContext,
  file: string | undefined,
  path: string,
): Promise<Sources> {
  if (path === "-") return inputSources(file);
  if (path === "") fail("not-found", 'unable to prepare context: path "" not found');
  if (/^(?:https?:\/\/|git@|git:\/\/|ssh:\/\/|github\.com\/)/.test(path))
    fail("unsupported", `a remote build context is not supported yet: ${path}`);
  const context: ContextSource = { kind: "directory", path: resolve(directory, path) };
  if (file === undefined) return { context };
  return { context, dockerfile: await dockerfileOf(file, directory) };
}

async function inputSources(file: string | undefined): Promise<Sources> {
  if (file === "-")
    throw new UsageError(
      "invalid argument: can't use stdin for both build context and dockerfile",
      1,
    );
  const input = await readStandardInput();
  if (input.kind === "tar")
    return { context: input, ...(file !== undefined && { dockerfile: { path: file } }) };
  return { context: { kind: "none" }, dockerfile: { text: input.text } };
}

/** What a shell's `<(command)` gives, which can be read once and from its beginning only. */
const OWN_DESCRIPTOR = /^\/(?:dev\/stdin|(?:dev|proc\/self)\/fd\/\d+)$/;

async function dockerfileOf(file: string, directory: string): Promise<DockerfileSource> {
  const streamed = file === "-" || OWN_DESCRIPTOR.test(file);
  if (!streamed) return { path: resolve(directory, file) };
  const input = await readStandardInput(file === "-" ? undefined : await openPipe(file));
  if (input.kind === "text") return { text: input.text };
  return fail("invalid-argument", `the Dockerfile ${file} is an archive, not a text`);
}

async function openPipe(path: string): Promise<Bytes> {
  const { openInput } = await import("../input.ts");
  // No signal is caught yet: whichever comes ends the program.
  return openInput({ directory: "/" }, path, new AbortController().signal);
}

/** `NAME=value`; a NAME alone takes its value from the environment, or is not set. */
function pairsOf(
  texts: readonly string[],
  environment?: CommandContext["environment"],
): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const value = equals < 0 ? (environment ? environment[name] : "") : text.slice(equals + 1);
    if (value !== undefined) pairs[name] = value;
  }
  return pairs;
}
