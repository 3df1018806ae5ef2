import { openByteOutput } from "../byte-output.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER",
  summary: "Export a container's filesystem as a tar archive",
  aliases: ["shale container export", "shale export"],
  args: { min: 1, max: 1 },
  flags: {
    output: { type: "string", short: "o", help: "Write to a file, instead of STDOUT" },
  },
  async run(context: CommandContext, { flags: { output }, args }): Promise<number> {
    const target = openByteOutput(context, output, "failed to export container");
    const containers = await (await context.engine()).containers();
    const signal = context.interruption();
    await target.write(await containers.export(args[0]!, { signal }), signal);
    return 0;
  },
});
