import type { ContainerService } from "#container";
import type { CommandContext } from "../context.ts";
import { forEachArgument, writeErrors } from "../each-argument.ts";
import { defineCommand, type FlagValues, UsageError } from "../flags/index.ts";

const startFlags = {
  attach: { type: "bool", short: "a", help: "Attach STDOUT/STDERR and forward signals" },
  detachKeys: {
    type: "string",
    help: "Override the key sequence for detaching a container",
  },
  interactive: { type: "bool", short: "i", help: "Attach container's STDIN" },
} as const;

export default defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Start one or more stopped containers",
  aliases: ["shale container start", "shale start"],
  args: { min: 1 },
  flags: startFlags,
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const attached = flags.attach || flags.interactive;
    if (attached && args.length > 1)
      throw new UsageError("you cannot start and attach multiple containers at once", 1);
    const containers = await (await context.engine()).containers();
    if (attached) return await startAttached(containers, args[0]!, flags);
    return await startAll(context, containers, args);
  },
});

async function startAll(
  context: CommandContext,
  containers: ContainerService,
  names: readonly string[],
): Promise<number> {
  const failed: string[] = [];
  const errors = await forEachArgument(names, async (name) => {
    failed.push(name);
    await containers.start(name);
    failed.pop();
    context.stdout.write(`${name}\n`);
  });
  if (errors.length === 0) return 0;
  writeErrors(context, [...errors, new Error(`failed to start containers: ${failed.join(", ")}`)]);
  return 1;
}

async function startAttached(
  containers: ContainerService,
  name: string,
  flags: FlagValues<typeof startFlags>,
): Promise<number> {
  const { Id: id, Config, State } = await containers.inspect(name);
  const { Tty: tty, OpenStdin } = Config as { Tty: boolean; OpenStdin: boolean };
  const { Running: running } = State as { Running: boolean };
  const { runAttached } = await import("../session/attached-run.ts");
  const interactive = flags.interactive && OpenStdin;
  const { detachKeys } = flags;
  const run = { id, interactive, tty, detachKeys, running, forwardSignals: true };
  const code = await runAttached(containers, run);
  return typeof code === "number" ? code : 0;
}
