import type { Bytes } from "#bytes";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { openInput } from "../input.ts";
import { interruptible } from "../interruptible.ts";
import { platformFlag } from "../platform-flag.ts";

export default defineCommand({
  usage: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
  summary: "Import the contents from a tarball to create a filesystem image",
  aliases: ["shale image import", "shale import"],
  args: { min: 1, max: 2 },
  flags: {
    change: { type: "list", short: "c", help: "Apply Dockerfile instruction to the created image" },
    message: { type: "string", short: "m", help: "Set commit message for imported image" },
    platform: { ...platformFlag, help: "Set the platform of the created image" },
  },
  async run(context: CommandContext, { flags, args: [from = "", name] }): Promise<number> {
    const { change: changes, message, platform } = flags;
    const signal = context.interruption();
    const source = await openSource(context, from, signal);
    const images = await (await context.engine()).images();
    const id = await images.import(source, {
      ...(name && { name }),
      ...(message && { message }),
      ...(platform && { platform }),
      changes,
      signal,
    });
    context.stdout.write(`${id}\n`);
    return 0;
  },
});

async function openSource(
  context: CommandContext,
  from: string,
  signal: AbortSignal,
): Promise<Bytes | URL> {
  if (/^https?:\/\//.test(from)) return new URL(from);
  return interruptible(await openInput(context, from === "-" ? undefined : from, signal), signal);
}
