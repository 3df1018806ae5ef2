import type { CreateOptions } from "#container";
import { kindOf, messageOf } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand, type FlagValues, UsageError } from "../flags/index.ts";
import { containerFlags } from "../session/container-flags.ts";

const flags = {
  ...containerFlags,
  detach: { type: "bool", short: "d", help: "Run container in background and print container ID" },
  sigProxy: { type: "bool", default: true, help: "Proxy received signals to the process" },
} as const;

export default defineCommand({
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  summary: "Create and run a new container from an image",
  aliases: ["shale container run", "shale run"],
  args: { min: 1 },
  interspersed: false,
  flags,
  async run(context: CommandContext, { flags, args }): Promise<number> {
    await checkFlags(flags);
    const [{ createOptionsOf }, { runAttached }, { runFailure }] = await Promise.all([
      import("../session/run-options.ts"),
      import("../session/attached-run.ts"),
      import("../session/run-failure.ts"),
    ]);
    const { directory, environment, stdout, stderr } = context;
    try {
      const variable = (name: string) => environment[name];
      const terminal = stdout.isTerminal ? stdout : undefined;
      const options = createOptionsOf(flags, args, { directory, terminal, variable });
      if (flags.pull === "always") await pull(context, options);
      const containers = await (await context.engine()).containers();
      const make = () => containers.create({ ...options, transient: true });
      const { id, warnings } = await make().catch(async (error: unknown) => {
        if (flags.pull !== "missing" || !isMissingImage(error)) throw error;
        await pullMissing(context, options, error);
        return make();
      });
      for (const warning of warnings) stderr.write(`WARNING: ${warning}\n`);
      const { interactive, tty, sigProxy } = flags;
      return await runAttached(containers, { id, interactive, tty, forwardSignals: sigProxy });
    } catch (error) {
      throw runFailure(error);
    }
  },
});

async function checkFlags({ detach, interactive, tty }: FlagValues<typeof flags>) {
  if (detach) throw new UsageError("shale: detached containers (-d) are not supported yet.", 125);
  const { isTerminal } = await import("#kernel");
  if (interactive && tty && !isTerminal(0))
    throw new UsageError("the input device is not a TTY", 1);
}

function isMissingImage(error: unknown): boolean {
  return kindOf(error) === "not-found" && messageOf(error).startsWith("No such image");
}

async function pull(context: CommandContext, { config }: CreateOptions): Promise<void> {
  const { pullForRun } = await import("../session/auto-pull.ts");
  await pullForRun(context, config.Image);
}

async function pullMissing(
  context: CommandContext,
  { config }: CreateOptions,
  error: unknown,
): Promise<void> {
  const { isPullable, pullMissing: pull } = await import("../session/auto-pull.ts");
  if (!isPullable(config.Image)) throw error;
  await pull(context, config.Image);
}
