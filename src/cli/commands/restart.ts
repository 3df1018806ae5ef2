import type { CommandContext } from "../context.ts";
import { forAllArguments, writeErrors } from "../each-argument.ts";
import { defineCommand } from "../flags/index.ts";
import { stopFlags, stopOptions } from "../session/stop-flags.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Restart one or more containers",
  aliases: ["shale container restart", "shale restart"],
  args: { min: 1 },
  flags: stopFlags,
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const act = (name: string) => containers.restart(name, stopOptions(flags));
    const errors = await forAllArguments(args, act, (name) => context.stdout.write(`${name}\n`));
    writeErrors(context, errors);
    return errors.length > 0 ? 1 : 0;
  },
});
