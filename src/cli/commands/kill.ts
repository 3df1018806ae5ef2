import type { CommandContext } from "../context.ts";
import { forAllArguments, writeErrors } from "../each-argument.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Kill one or more running containers",
  aliases: ["shale container kill", "shale kill"],
  args: { min: 1 },
  flags: {
    signal: { type: "string", short: "s", help: "Signal to send to the container" },
  },
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const act = (name: string) => containers.kill(name, flags.signal);
    const errors = await forAllArguments(args, act, (name) => context.stdout.write(`${name}\n`));
    writeErrors(context, errors);
    return errors.length > 0 ? 1 : 0;
  },
});
