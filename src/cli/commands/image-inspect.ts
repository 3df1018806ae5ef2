import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { documentFormatFlag } from "../format-flag.ts";
import { inspectImage } from "../inspect-object.ts";
import { inspectEach } from "../inspection.ts";

export default defineCommand({
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  summary: "Display detailed information on one or more images",
  args: { min: 1 },
  flags: { format: documentFormatFlag },
  run(context: CommandContext, { flags, args }): Promise<number> {
    return inspectEach(context, args, flags.format, (name) => inspectImage(context, name));
  },
});
