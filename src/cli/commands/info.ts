import type { CommandContext } from "../context.ts";
import { documentFormatter } from "../document-format.ts";
import { defineCommand } from "../flags/index.ts";
import { documentFormatFlag } from "../format-flag.ts";
import { infoDocument, infoText } from "../info-text.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Display system-wide information",
  aliases: ["shale system info", "shale info"],
  flags: { format: documentFormatFlag },
  async run(context: CommandContext, { flags: { format } }): Promise<number> {
    const formatted = format ? documentFormatter(format) : undefined;
    const info = await (await context.engine()).info();
    const text = formatted ? `${formatted(infoDocument(info))}\n` : infoText(info);
    context.stdout.write(text);
    return 0;
  },
});
