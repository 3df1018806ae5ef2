import { kindOf } from "#errors";
import type { Removal } from "#image";
import type { CommandContext } from "../context.ts";
import { forEachArgument, writeErrors } from "../each-argument.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  summary: "Remove one or more images",
  aliases: ["shale image rm", "shale image remove", "shale rmi"],
  args: { min: 1 },
  flags: {
    force: { type: "bool", short: "f", help: "Force removal of the image" },
    noPrune: { type: "bool", help: "Do not delete untagged parents" },
  },
  async run(context: CommandContext, { flags: { force }, args }): Promise<number> {
    const images = await (await context.engine()).images();
    const errors = await forEachArgument(args, async (name) => {
      for (const removal of await images.remove(name, { force }))
        context.stdout.write(`${removalText(removal)}\n`);
    });
    writeErrors(context, errors);
    return errors.some((error) => !force || kindOf(error) !== "not-found") ? 1 : 0;
  },
});

function removalText(removal: Removal): string {
  return "untagged" in removal ? `Untagged: ${removal.untagged}` : `Deleted: ${removal.deleted}`;
}
