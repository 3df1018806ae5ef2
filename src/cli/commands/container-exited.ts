import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "CONTAINER",
  summary: "Do what is to be done when a container has ended",
  args: { min: 1, max: 1 },
  flags: {},
  async run(context: CommandContext, { args: [id = ""] }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const seconds = await containers.exited(id);
    if (seconds === undefined) return 1;
    context.stdout.write(`${seconds}\n`);
    return 0;
  },
});
