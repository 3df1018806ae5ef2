import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { documentFormatFlag } from "../format-flag.ts";
import { inspectEach } from "../inspection.ts";

export default defineCommand({
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  summary: "Display detailed information on one or more volumes",
  args: { min: 1 },
  flags: { format: documentFormatFlag },
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const volumes = await (await context.engine()).volumes();
    return inspectEach(context, args, flags.format, (name) => volumes.inspect(name));
  },
});
