import type { CommandContext } from "../context.ts";
import { forEachArgument, writeErrors } from "../each-argument.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "CONTAINER [CONTAINER...]",
  summary: "Block until one or more containers stop, then print their exit codes",
  aliases: ["shale container wait", "shale wait"],
  args: { min: 1 },
  flags: {},
  async run(context: CommandContext, { args }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const errors = await forEachArgument(args, async (name) => {
      const { exitCode } = await containers.wait(name);
      context.stdout.write(`${exitCode}\n`);
    });
    writeErrors(context, errors);
    return errors.length > 0 ? 1 : 0;
  },
});
