import type { CommandContext } from "../context.ts";
import { writeErrors } from "../each-argument.ts";
import { defineCommand, UsageError } from "../flags/index.ts";

export default defineCommand({
  usage: "CONTAINER NEW_NAME",
  summary: "Rename a container",
  aliases: ["shale container rename", "shale rename"],
  args: { min: 2, max: 2 },
  flags: {},
  async run(context: CommandContext, { args: [oldName = "", newName = ""] }): Promise<number> {
    if (oldName.trim() === "" || newName.trim() === "")
      throw new UsageError("Error: Neither old nor new names may be empty", 1);
    const containers = await (await context.engine()).containers();
    try {
      await containers.rename(oldName.trim(), newName.trim());
      return 0;
    } catch (error) {
      writeErrors(context, [
        error,
        new Error(`failed to rename container named ${oldName.trim()}`),
      ]);
      return 1;
    }
  },
});
