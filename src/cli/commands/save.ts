import { openByteOutput } from "../byte-output.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { platformFlag, requirePlatform } from "../platform-flag.ts";

export default defineCommand({
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  summary: "Save one or more images to a tar archive (streamed to STDOUT by default)",
  aliases: ["shale image save", "shale save"],
  args: { min: 1 },
  flags: {
    output: { type: "string", short: "o", help: "Write to a file, instead of STDOUT" },
    platform: {
      ...platformFlag,
      help: 'Save only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
  },
  async run(context: CommandContext, { flags: { output, platform }, args }): Promise<number> {
    const target = openByteOutput(context, output, "failed to save image");
    const images = await (await context.engine()).images();
    if (platform) await requirePlatform(images, args, platform);
    const signal = context.interruption();
    await target.write(await images.save(args, { signal }), signal);
    return 0;
  },
});
