import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
  summary: "Create a new image from a container's changes",
  aliases: ["shale container commit", "shale commit"],
  args: { min: 1, max: 2 },
  flags: {
    author: {
      type: "string",
      short: "a",
      help: 'Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")',
    },
    change: { type: "list", short: "c", help: "Apply Dockerfile instruction to the created image" },
    message: { type: "string", short: "m", help: "Commit message" },
    pause: { type: "bool", short: "p", default: true, help: "Pause container during commit" },
    noPause: { type: "bool", help: "Disable container pause during commit" },
  },
  async run(context: CommandContext, { flags, args: [container = "", name] }): Promise<number> {
    const { author, change: changes, message, pause, noPause } = flags;
    const signal = context.interruption();
    const containers = await (await context.engine()).containers();
    const { id } = await containers.commit(container, {
      ...(name && { name }),
      ...(author && { author }),
      ...(message && { message }),
      changes,
      pause: pause && !noPause,
      signal,
    });
    context.stdout.write(`${id}\n`);
    return 0;
  },
});
