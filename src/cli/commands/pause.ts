import type { CommandContext } from "../context.ts";
import { forAllArguments, writeErrors } from "../each-argument.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "CONTAINER [CONTAINER...]",
  summary: "Pause all processes within one or more containers",
  aliases: ["shale container pause", "shale pause"],
  args: { min: 1 },
  flags: {},
  async run(context: CommandContext, { args }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const act = (name: string) => containers.pause(name);
    const errors = await forAllArguments(args, act, (name) => context.stdout.write(`${name}\n`));
    writeErrors(context, errors);
    return errors.length > 0 ? 1 : 0;
  },
});
