import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { documentFormatFlag } from "../format-flag.ts";
import { inspectNetwork } from "../inspect-object.ts";
import { inspectEach } from "../inspection.ts";

export default defineCommand({
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  summary: "Display detailed information on one or more networks",
  args: { min: 1 },
  flags: {
    format: documentFormatFlag,
    verbose: { type: "bool", short: "v", help: "Verbose output for diagnostics" },
  },
  run(context: CommandContext, { flags: { format }, args }): Promise<number> {
    return inspectEach(context, args, format, (name) => inspectNetwork(context, name));
  },
});
