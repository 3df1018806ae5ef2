import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { alignTabs, showText } from "../output/index.ts";

/** Docker's table for processes. */
const TABLE = { minWidth: 20, padding: 3 };

export default defineCommand({
  usage: "CONTAINER [ps OPTIONS]",
  summary: "Display the running processes of a container",
  aliases: ["shale container top", "shale top"],
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  interspersed: false,
  flags: {},
  async run(context: CommandContext, { args: [name = "", ...psArguments] }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const { titles, processes } = await containers.top(name, psArguments);
    const lines = [titles, ...processes].map((fields) => `${fields.join("\t")}\n`);
    showText(context.stdout, alignTabs(lines.join(""), TABLE));
    return 0;
  },
});
