import type { CommandContext } from "../context.ts";
import { pruneFilterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { confirmPrune, pruneText, removalText } from "../prune-output.ts";

const DANGLING = "all dangling images.";
const UNUSED = "all images without at least one container associated to them.";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove unused images",
  flags: {
    all: { type: "bool", short: "a", help: "Remove all unused images, not just dangling ones" },
    filter: pruneFilterFlag,
    force: { type: "bool", short: "f", help: "Do not prompt for confirmation" },
  },
  async run(context: CommandContext, { flags: { all, filter, force } }): Promise<number> {
    const warning = `${all ? UNUSED : DANGLING}\nAre you sure you want to continue?`;
    if (!(await confirmPrune(context, force, warning))) return 0;
    const images = await (await context.engine()).images();
    const { removals, reclaimed } = await images.prune({ all, ...(filter && { filters: filter }) });
    context.stdout.write(pruneText("Deleted Images:", removals.map(removalText), reclaimed));
    return 0;
  },
});
