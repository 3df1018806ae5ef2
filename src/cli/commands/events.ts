import type { EventOptions } from "#engine";
import type { CommandContext } from "../context.ts";
import { EventMessage, eventLine } from "../event-text.ts";
import { filterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { documentFormatFlag } from "../format-flag.ts";
import { showText } from "../output/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Get real time events from the store",
  aliases: ["shale system events", "shale events"],
  flags: {
    filter: { ...filterFlag, short: "f" },
    format: { type: "string", help: documentFormatFlag.help },
    since: { type: "string", help: "Show all events created since timestamp" },
    until: { type: "string", help: "Stream events until this timestamp" },
  },
  async run(context: CommandContext, { flags }): Promise<number> {
    const { filter: filters, since, until } = flags;
    const format = await formatter(flags.format);
    const times = { ...(await moment("since", since)), ...(await moment("until", until)) };
    const engine = await context.engine();
    for await (const event of engine.events({ ...times, ...(filters && { filters }) }))
      showText(context.stdout, `${format(event)}\n`);
    return 0;
  },
});

async function formatter(format: string | undefined): Promise<typeof eventLine> {
  if (!format) return eventLine;
  if (format === "json") return (event) => new EventMessage(event).marshalJson();
  const { parseTemplate } = await import("../template/index.ts");
  const template = parseTemplate(format);
  return (event) => template.execute(new EventMessage(event));
}

async function moment(key: "since" | "until", text: string | undefined): Promise<EventOptions> {
  if (!text) return {};
  const { parseTimestamp } = await import("#filters");
  return { [key]: parseTimestamp(text, Date.now()) };
}
