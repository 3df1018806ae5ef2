import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { documentFormatFlag } from "../format-flag.ts";
import { inspectContainer } from "../inspect-object.ts";
import { inspectEach } from "../inspection.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Display detailed information on one or more containers",
  args: { min: 1 },
  flags: {
    format: documentFormatFlag,
    size: { type: "bool", short: "s", help: "Display total file sizes" },
  },
  run(context: CommandContext, { flags: { format, size }, args }): Promise<number> {
    return inspectEach(context, args, format, (name) => inspectContainer(context, name, size));
  },
});
