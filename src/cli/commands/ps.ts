import { containerColumns } from "../container-rows.ts";
import type { CommandContext } from "../context.ts";
import { filterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { rowFormatFlag } from "../format-flag.ts";
import { formatRows, showText } from "../output/index.ts";

/** In a format: asks for sizes, too. */
const NAMES_SIZE = /\.Size\b|json/;

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "List containers",
  aliases: ["shale container ls", "shale container list", "shale container ps", "shale ps"],
  flags: {
    all: { type: "bool", short: "a", help: "Show all containers (default shows just running)" },
    filter: { ...filterFlag, short: "f" },
    format: rowFormatFlag,
    last: {
      type: "int",
      short: "n",
      default: -1,
      help: "Show n last created containers (includes all states)",
    },
    latest: {
      type: "bool",
      short: "l",
      help: "Show the latest created container (includes all states)",
    },
    noTrunc: { type: "bool", help: "Don't truncate output" },
    quiet: { type: "bool", short: "q", help: "Only display container IDs" },
    size: { type: "bool", short: "s", help: "Display total file sizes" },
  },
  async run(context: CommandContext, { flags }): Promise<number> {
    const { all, filter: filters = {}, format = "", latest, noTrunc: whole, quiet } = flags;
    const size = flags.size || NAMES_SIZE.test(format);
    const last = latest ? 1 : flags.last;
    const containers = await (await context.engine()).containers();
    const rows = await containers.list({ all, last, filters, size });
    const columns = containerColumns({ whole, size: flags.size });
    const form = { format: flags.format, quiet: quiet ? "ID" : undefined };
    showText(context.stdout, await formatRows(form, columns, rows));
    return 0;
  },
});
