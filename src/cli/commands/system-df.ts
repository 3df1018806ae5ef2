import type { DiskUsage } from "#image";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { rowFormatFlag } from "../format-flag.ts";
import { formatRows, showText } from "../output/index.ts";
import { usageColumns, usageRows } from "../usage-rows.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Show shale disk usage",
  flags: {
    format: rowFormatFlag,
    verbose: { type: "bool", short: "v", help: "Show detailed information on space usage" },
  },
  async run(context: CommandContext, { flags: { format, verbose } }): Promise<number> {
    const images = await (await context.engine()).images();
    const usage = await images.diskUsage();
    const text = verbose
      ? await detailsText(usage, format)
      : await formatRows({ format }, usageColumns, usageRows(usage));
    showText(context.stdout, text);
    return 0;
  },
});

async function detailsText(usage: DiskUsage, format: string | undefined): Promise<string> {
  const details = await import("../usage-details.ts");
  if (!format || format === "table") return details.usageDetailsText(usage);
  const { documentFormatter } = await import("../document-format.ts");
  return `${documentFormatter(format)(details.usageDetailsDocument(usage))}\n`;
}
