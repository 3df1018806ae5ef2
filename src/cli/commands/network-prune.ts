import type { CommandContext } from "../context.ts";
import { pruneFilterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { confirmPrune } from "../prune-output.ts";

const UNUSED =
  "all custom networks not used by at least one container.\nAre you sure you want to continue?";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove all unused networks",
  args: { max: 0 },
  flags: {
    filter: { ...pruneFilterFlag, help: 'Provide filter values (e.g. "until=<timestamp>")' },
    force: { type: "bool", short: "f", help: "Do not prompt for confirmation" },
  },
  async run(context: CommandContext, { flags: { filter, force } }): Promise<number> {
    if (!(await confirmPrune(context, force, UNUSED))) return 0;
    const networks = await (await context.engine()).networks();
    const { removed } = await networks.prune(filter);
    if (removed.length > 0)
      context.stdout.write(`${["Deleted Networks:", ...removed].join("\n")}\n\n`);
    return 0;
  },
});
