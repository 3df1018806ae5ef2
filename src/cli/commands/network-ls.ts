import type { NetworkDocument } from "#network";
import type { CommandContext } from "../context.ts";
import { filterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { rowFormatFlag } from "../format-flag.ts";
import { type Column, formatRows, showText, truncateId } from "../output/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "List networks",
  aliases: ["shale network ls", "shale network list"],
  args: { max: 0 },
  flags: {
    filter: { ...filterFlag, short: "f", help: 'Provide filter values (e.g. "driver=bridge")' },
    format: rowFormatFlag,
    noTrunc: { type: "bool", help: "Do not truncate the output" },
    quiet: { type: "bool", short: "q", help: "Only display network IDs" },
  },
  async run(context: CommandContext, { flags }): Promise<number> {
    const { filter, format, quiet, noTrunc } = flags;
    const networks = await (await context.engine()).networks();
    const found = await networks.list(filter);
    const rows = found.toSorted((one, other) => (one.Name < other.Name ? -1 : 1));
    const how = { format, quiet: quiet ? "ID" : undefined };
    showText(context.stdout, await formatRows(how, columns(noTrunc), rows));
    return 0;
  },
});

function columns(whole: boolean): Column<NetworkDocument>[] {
  return [
    { key: "ID", header: "NETWORK ID", value: ({ Id }) => (whole ? Id : truncateId(Id)) },
    { key: "Name", header: "NAME", value: ({ Name }) => Name },
    { key: "Driver", header: "DRIVER", value: ({ Driver }) => Driver },
    { key: "Scope", header: "SCOPE", value: ({ Scope }) => Scope },
    { key: "IPv6", header: "IPV6", value: ({ EnableIPv6 }) => `${EnableIPv6}`, hidden: true },
    { key: "Internal", header: "INTERNAL", value: ({ Internal }) => `${Internal}`, hidden: true },
    { key: "Labels", header: "LABELS", value: labelsText, hidden: true },
    {
      ...{ key: "Label", header: "", value: () => "", hidden: true },
      lookup: ({ Labels }, name) => Labels[name] ?? "",
    },
    { key: "CreatedAt", header: "CREATED AT", value: createdAt, hidden: true },
  ];
}

function labelsText({ Labels }: NetworkDocument): string {
  return Object.entries(Labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** As Go prints a time. */
function createdAt({ Created }: NetworkDocument): string {
  return `${Created.replace("T", " ").replace("Z", "")} +0000 UTC`;
}
