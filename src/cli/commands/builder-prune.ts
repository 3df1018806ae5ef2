import { hexOf } from "#oci";
import type { CommandContext } from "../context.ts";
import { pruneFilterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { confirmPrune, pruneText } from "../prune-output.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove build cache",
  flags: {
    all: {
      type: "bool",
      short: "a",
      help: "Remove all unused build cache, not just dangling ones",
    },
    filter: pruneFilterFlag,
    force: { type: "bool", short: "f", help: "Do not prompt for confirmation" },
    reservedSpace: {
      type: "bytes",
      aliases: ["keep-storage"],
      help: "Amount of disk space to keep for cache",
    },
  },
  async run(context: CommandContext, { flags }): Promise<number> {
    const { all, filter, force, reservedSpace: keep } = flags;
    const warning = `${all ? "all" : "all dangling"} build cache. Are you sure you want to continue?`;
    if (!(await confirmPrune(context, force, warning))) return 0;
    const images = await (await context.engine()).images();
    const options = {
      all,
      ...(filter && { filters: filter }),
      ...(keep !== undefined && { keep }),
    };
    const { records, reclaimed } = await images.pruneCache(options);
    context.stdout.write(pruneText("Deleted build cache objects:", records.map(hexOf), reclaimed));
    return 0;
  },
});
