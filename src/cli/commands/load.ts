import { isatty } from "node:tty";
import type { LoadedImage } from "#image";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { openInput } from "../input.ts";
import { interruptible } from "../interruptible.ts";
import { openLoadProgress } from "../load-progress.ts";
import { platformFlag } from "../platform-flag.ts";

const STDIN = 0;

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Load an image from a tar archive or STDIN",
  aliases: ["shale image load", "shale load"],
  flags: {
    input: { type: "string", short: "i", help: "Read from tar archive file, instead of STDIN" },
    platform: {
      ...platformFlag,
      help: 'Load only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
    quiet: { type: "bool", short: "q", help: "Suppress the load output" },
  },
  async run(context: CommandContext, { flags: { input, platform, quiet } }): Promise<number> {
    if (!input && isatty(STDIN))
      throw new UsageError("requested load from stdin, but stdin is empty", 1);
    const signal = context.interruption();
    const archive = await openInput(context, input || undefined, signal);
    const images = await (await context.engine()).images();
    using progress = quiet ? undefined : openLoadProgress(context.stdout);
    const loaded = await images.load(interruptible(archive, signal), {
      ...(platform && { platform }),
      ...(progress && { onEvent: progress.handle }),
      signal,
    });
    progress?.end();
    context.stdout.write(loaded.map(loadedText).join(""));
    return 0;
  },
});

function loadedText({ id, names }: LoadedImage): string {
  if (names.length === 0) return `Loaded image ID: ${id}\n`;
  return names.map((name) => `Loaded image: ${name}\n`).join("");
}
