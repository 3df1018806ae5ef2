import type { ContainerService, CreateOptions } from "#container";
import type { CommandContext } from "../context.ts";
import { defineCommand, type FlagValues, UsageError } from "../flags/index.ts";
import { attachedStreams } from "../session/attach-flag.ts";
import { containerFlags } from "../session/container-flags.ts";

const flags = {
  ...containerFlags,
  detach: { type: "bool", short: "d", help: "Run container in background and print container ID" },
  detachKeys: {
    type: "string",
    help: "Override the key sequence for detaching a container",
  },
  record: {
    type: "string",
    help: "Write a Dockerfile of what is typed in an interactive session",
    value: "file",
  },
  sigProxy: { type: "bool", default: true, help: "Proxy received signals to the process" },
} as const;

type Flags = FlagValues<typeof flags>;

export default defineCommand({
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  summary: "Create and run a new container from an image",
  aliases: ["shale container run", "shale run"],
  args: { min: 1 },
  interspersed: false,
  flags,
  async run(context: CommandContext, { flags, args }): Promise<number> {
    if (flags.detach && flags.attach)
      throw new UsageError("conflicting options: cannot specify both --attach and --detach", 1);
    const [{ createNew, readOptions }, { runFailure }] = await Promise.all([
      import("../session/new-container.ts"),
      import("../session/run-failure.ts"),
    ]);
    try {
      const options = { ...readOptions(context, flags, args), transient: true };
      if (!flags.detach) await checkTerminal(flags);
      using recording = await openRecording(context, flags, options);
      const asked = flags.detach ? detached(options) : (recording?.options ?? options);
      const id = await createNew(context, flags, asked);
      const containers = await (await context.engine()).containers();
      const session = start(context, containers, id, flags);
      return await (recording?.attend(id, session) ?? session);
    } catch (error) {
      throw runFailure(error, "run");
    }
  },
});

async function start(
  { stdout }: CommandContext,
  containers: ContainerService,
  id: string,
  flags: Flags,
): Promise<number> {
  if (flags.detach) {
    // As Docker does: what cannot be started is there all the same.
    stdout.write(`${id}\n`);
    await containers.start(id);
    return 0;
  }
  const { runAttached } = await import("../session/attached-run.ts");
  const { interactive, tty, detachKeys, sigProxy } = flags;
  const streams = attachedStreams(flags.attach, interactive);
  // Who only writes to it learns its name.
  if (!streams.has("stdout") && !streams.has("stderr")) stdout.write(`${id}\n`);
  const run = { id, streams, interactive, tty, detachKeys, forwardSignals: sigProxy };
  const code = await runAttached(containers, run);
  return typeof code === "number" ? code : 0;
}

async function openRecording(
  context: CommandContext,
  { record, detach, pull, quiet }: Flags,
  options: CreateOptions,
) {
  if (record === undefined) return undefined;
  if (detach)
    throw new UsageError("conflicting options: cannot specify both --record and --detach", 1);
  const recording = await import("../recording/recording.ts");
  return await recording.openRecording(context, { record, pull, quiet }, options);
}

/** Its input stays open: nobody is there to end it. */
function detached({ config, ...rest }: CreateOptions): CreateOptions {
  const alone = { AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false };
  return { ...rest, config: { ...config, ...alone } };
}

async function checkTerminal({ attach, interactive, tty }: Flags): Promise<void> {
  const { isTerminal } = await import("#kernel");
  if (tty && attachedStreams(attach, interactive).has("stdin") && !isTerminal(0))
    throw new UsageError("the input device is not a TTY", 1);
}
