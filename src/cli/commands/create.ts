import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { containerFlags } from "../session/container-flags.ts";

export default defineCommand({
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  summary: "Create a new container",
  aliases: ["shale container create", "shale create"],
  args: { min: 1 },
  interspersed: false,
  flags: containerFlags,
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const { createNew, readOptions } = await import("../session/new-container.ts");
    const { optionFailure } = await import("../session/run-failure.ts");
    const options = optionFailure("create", () => readOptions(context, flags, args));
    context.stdout.write(`${await createNew(context, flags, options)}\n`);
    return 0;
  },
});
