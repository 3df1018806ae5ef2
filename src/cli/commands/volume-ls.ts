import type { VolumeDocument } from "#volume";
import type { CommandContext } from "../context.ts";
import { filterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { rowFormatFlag } from "../format-flag.ts";
import { type Column, formatRows, showText } from "../output/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "List volumes",
  aliases: ["shale volume ls", "shale volume list"],
  args: { max: 0 },
  flags: {
    filter: {
      ...filterFlag,
      short: "f",
      help: 'Provide filter values (e.g. "dangling=true")',
    },
    format: rowFormatFlag,
    quiet: { type: "bool", short: "q", help: "Only display volume names" },
  },
  async run(context: CommandContext, { flags: { filter, format, quiet } }): Promise<number> {
    const volumes = await (await context.engine({ readsRecords: true })).volumes();
    const rows = await volumes.list(filter);
    const text = await formatRows({ format, quiet: quiet ? "Name" : undefined }, columns, rows);
    showText(context.stdout, text);
    return 0;
  },
});

/** What Docker's clients show of volumes of a cluster, or do not compute for a listing. */
const NOT_KNOWN = ["Availability", "Group", "Links", "Size", "Status"].map(
  (key): Column<VolumeDocument> => ({
    key,
    header: key.toUpperCase(),
    value: () => "N/A",
    hidden: true,
  }),
);

const columns: Column<VolumeDocument>[] = [
  { key: "Driver", header: "DRIVER", value: ({ Driver }) => Driver },
  { key: "Name", header: "VOLUME NAME", value: ({ Name }) => Name },
  { key: "Labels", header: "LABELS", value: labelsText, hidden: true },
  {
    ...{ key: "Label", header: "", value: () => "", hidden: true },
    lookup: ({ Labels }, name) => Labels?.[name] ?? "",
  },
  { key: "Mountpoint", header: "MOUNTPOINT", value: ({ Mountpoint }) => Mountpoint, hidden: true },
  { key: "Scope", header: "SCOPE", value: ({ Scope }) => Scope, hidden: true },
  ...NOT_KNOWN,
];

function labelsText({ Labels }: VolumeDocument): string {
  return Object.entries(Labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}
