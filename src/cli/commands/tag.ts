import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  summary: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
  aliases: ["shale image tag", "shale tag"],
  args: { min: 2, max: 2 },
  flags: {},
  async run(context: CommandContext, { args }): Promise<number> {
    const images = await (await context.engine()).images();
    await images.tag(args[0]!, args[1]!);
    return 0;
  },
});
