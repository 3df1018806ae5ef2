import { kindOf } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { formatError } from "../output/index.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Remove one or more containers",
  aliases: ["shale container rm", "shale container remove", "shale rm"],
  args: { min: 1 },
  flags: {
    force: {
      type: "bool",
      short: "f",
      help: "Force the removal of a running container (uses SIGKILL)",
    },
    volumes: {
      type: "bool",
      short: "v",
      help: "Remove anonymous volumes associated with the container",
    },
  },
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const containers = await (await context.engine()).containers();
    let code = 0;
    for (const name of args) {
      try {
        await containers.remove(name, { force: flags.force });
        context.stdout.write(`${name}\n`);
      } catch (error) {
        context.stderr.write(`${formatError(error)}\n`);
        if (!flags.force || kindOf(error) !== "not-found") code = 1;
      }
    }
    return code;
  },
});
