import type { CommandContext } from "../context.ts";
import { pruneFilterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { confirmPrune, pruneText } from "../prune-output.ts";

const WARNING = "all stopped containers.\nAre you sure you want to continue?";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove all stopped containers",
  args: { max: 0 },
  flags: {
    filter: { ...pruneFilterFlag, help: 'Provide filter values (e.g. "until=<timestamp>")' },
    force: { type: "bool", short: "f", help: "Do not prompt for confirmation" },
  },
  async run(context: CommandContext, { flags: { filter, force } }): Promise<number> {
    if (!(await confirmPrune(context, force, WARNING))) return 0;
    const containers = await (await context.engine()).containers();
    const { removed, bytes } = await containers.prune(filter);
    context.stdout.write(pruneText("Deleted Containers:", removed, bytes));
    return 0;
  },
});
