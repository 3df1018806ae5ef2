import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "CONTAINER [EXEC]",
  summary: "Do what is to be done when a container, or a process beside it, has ended",
  args: { min: 1, max: 2 },
  flags: {},
  async run(context: CommandContext, { args: [id = "", exec] }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const seconds = await containers.exited(id, exec);
    if (seconds === undefined) return 1;
    context.stdout.write(`${seconds}\n`);
    return 0;
  },
});
