import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER",
  summary: "Export a container's filesystem as a tar archive",
  aliases: ["shale container export", "shale export"],
  args: { min: 1, max: 1 },
  flags: {
    output: { type: "string", short: "o", help: "Write to a file, instead of STDOUT" },
  },
  async run(context: CommandContext, { flags, args }): Promise<number> {
    if (flags.output === undefined && context.stdout.isTerminal) {
      throw new UsageError(
        "cowardly refusing to save to a terminal. Use the -o flag or redirect",
        1,
      );
    }
    const containers = await (await context.engine()).containers();
    const tar = await containers.export(args[0]!, { signal: context.interruption() });
    if (flags.output === undefined) {
      for await (const chunk of tar) context.stdout.write(chunk);
      return 0;
    }
    const { writeOutputFile } = await import("../session/output-file.ts");
    await writeOutputFile(context.directory, flags.output, tar);
    return 0;
  },
});
