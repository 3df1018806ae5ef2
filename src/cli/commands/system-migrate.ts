import type { Migration } from "#container";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "",
  flags: {},
  summary: "Convert everything to the storage driver in use",
  async run(context: CommandContext): Promise<number> {
    const containers = await (await context.engine()).containers();
    context.stdout.write(describe(await containers.migrate()));
    return 0;
  },
});

function describe({ driver, layers, containers, running }: Migration): string {
  const done = `Converted to ${driver}: ${count(layers, "layer")}, ${count(containers, "container")}\n`;
  const left = running.map((name) => `Left as it is: container ${name} is running\n`);
  return [done, ...left].join("");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
