import { kindOf } from "#errors";
import type { CommandContext } from "../context.ts";
import { forEachArgument, writeErrors } from "../each-argument.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "NETWORK [NETWORK...]",
  summary: "Remove one or more networks",
  aliases: ["shale network rm", "shale network remove"],
  args: { min: 1 },
  flags: {
    force: {
      type: "bool",
      short: "f",
      help: "Do not error if the network does not exist",
    },
  },
  async run(context: CommandContext, { flags: { force }, args }): Promise<number> {
    const networks = await (await context.engine()).networks();
    const errors = await forEachArgument(args, async (name) => {
      await networks.remove(name);
      context.stdout.write(`${name}\n`);
    });
    writeErrors(context, errors);
    return errors.some((error) => !force || kindOf(error) !== "not-found") ? 1 : 0;
  },
});
