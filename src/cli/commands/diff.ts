import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { showText } from "../output/index.ts";

const LETTERS = { modified: "C", added: "A", deleted: "D" } as const;

export default defineCommand({
  usage: "CONTAINER",
  summary: "Inspect changes to files or directories on a container's filesystem",
  aliases: ["shale container diff", "shale diff"],
  args: { min: 1, max: 1 },
  flags: {},
  async run(context: CommandContext, { args: [name = ""] }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const changes = await containers.changes(name);
    showText(
      context.stdout,
      changes.map(({ kind, path }) => `${LETTERS[kind]} ${path}\n`).join(""),
    );
    return 0;
  },
});
