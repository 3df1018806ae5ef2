import type { CommandContext } from "../context.ts";
import { forEachArgument, writeErrors } from "../each-argument.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  summary: "Remove one or more volumes. You cannot remove a volume that is in use by a container.",
  aliases: ["shale volume rm", "shale volume remove"],
  args: { min: 1 },
  flags: {
    force: { type: "bool", short: "f", help: "Force the removal of one or more volumes" },
  },
  async run(context: CommandContext, { flags: { force }, args }): Promise<number> {
    const volumes = await (await context.engine()).volumes();
    const errors = await forEachArgument(args, async (name) => {
      await volumes.remove(name, { force });
      context.stdout.write(`${name}\n`);
    });
    writeErrors(context, errors);
    return errors.length > 0 ? 1 : 0;
  },
});
