import type { CommandContext } from "../context.ts";
import { pruneFilterFlag } from "../filter-flag.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { confirmPrune, pruneText } from "../prune-output.ts";

const ANONYMOUS = "anonymous local volumes not used by at least one container.";
const ALL = "all local volumes not used by at least one container.";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove unused local volumes",
  args: { max: 0 },
  flags: {
    all: {
      type: "bool",
      short: "a",
      help: "Remove all unused volumes, not just anonymous ones",
    },
    filter: { ...pruneFilterFlag, help: 'Provide filter values (e.g. "label=<label>")' },
    force: { type: "bool", short: "f", help: "Do not prompt for confirmation" },
  },
  async run(context: CommandContext, { flags: { all, filter = {}, force } }): Promise<number> {
    if (all && filter.all)
      throw new UsageError("conflicting options: cannot specify both --all and --filter all=1", 1);
    const warning = `${all ? ALL : ANONYMOUS}\nAre you sure you want to continue?`;
    if (!(await confirmPrune(context, force, warning))) return 0;
    const volumes = await (await context.engine()).volumes();
    const { removed, bytes } = await volumes.prune(all ? { ...filter, all: ["true"] } : filter);
    context.stdout.write(pruneText("Deleted Volumes:", removed, bytes));
    return 0;
  },
});
