import type { ContainerSummary } from "#container";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import {
  type Column,
  ellipsis,
  formatRows,
  humanDuration,
  humanSince,
  showText,
  truncateId,
} from "../output/index.ts";

const COMMAND_WIDTH = 20;

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "List containers",
  aliases: ["shale container ls", "shale container list", "shale container ps", "shale ps"],
  flags: {
    all: { type: "bool", short: "a", help: "Show all containers (default shows just running)" },
    format: { type: "string", help: "Format output using a custom template", value: "string" },
    last: {
      type: "int",
      short: "n",
      default: -1,
      help: "Show n last created containers (includes all states)",
    },
    latest: {
      type: "bool",
      short: "l",
      help: "Show the latest created container (includes all states)",
    },
    noTrunc: { type: "bool", help: "Don't truncate output" },
    quiet: { type: "bool", short: "q", help: "Only display container IDs" },
  },
  async run(context: CommandContext, { flags }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const last = flags.latest ? 1 : flags.last;
    const found = await containers.list({ all: flags.all || last >= 0 });
    const rows = last >= 0 ? found.slice(0, last) : found;
    const format = { format: flags.format, quiet: flags.quiet ? "ID" : undefined };
    showText(context.stdout, await formatRows(format, columns(flags.noTrunc), rows));
    return 0;
  },
});

function columns(whole: boolean): Column<ContainerSummary>[] {
  const command = (text: string) => JSON.stringify(whole ? text : ellipsis(text, COMMAND_WIDTH));
  return [
    { key: "ID", header: "CONTAINER ID", value: ({ id }) => (whole ? id : truncateId(id)) },
    { key: "Image", header: "IMAGE", value: (row) => imageText(row, whole) },
    { key: "Command", header: "COMMAND", value: (row) => command(row.command) },
    { key: "RunningFor", header: "CREATED", value: ({ created }) => humanSince(created) },
    { key: "Status", header: "STATUS", value: statusText },
    { key: "Ports", header: "PORTS", value: () => "" },
    { key: "Names", header: "NAMES", value: ({ name }) => name },
    { key: "State", header: "STATE", value: ({ state }) => state, hidden: true },
    { key: "CreatedAt", header: "CREATED AT", value: createdAt, hidden: true },
    { key: "Labels", header: "LABELS", value: ({ labels }) => joined(labels), hidden: true },
    { key: "Mounts", header: "MOUNTS", value: mountsText, hidden: true },
    {
      key: "Networks",
      header: "NETWORKS",
      value: ({ networks }) => Object.keys(networks).join(","),
      hidden: true,
    },
  ];
}

function imageText({ image, imageId }: ContainerSummary, whole: boolean): string {
  return image === imageId && !whole ? truncateId(image) : image;
}

/** Docker's words: `Up 3 seconds`, `Exited (0) 2 minutes ago`. */
function statusText({ state, exitCode, started, finished }: ContainerSummary): string {
  switch (state) {
    case "running":
      return `Up ${elapsed(started)}`;
    case "paused":
      return `Up ${elapsed(started)} (Paused)`;
    case "exited":
      return `Exited (${exitCode}) ${elapsed(finished)} ago`;
    case "removing":
      return "Removal In Progress";
    default:
      return state === "dead" ? "Dead" : "Created";
  }
}

function elapsed(moment: number | undefined): string {
  return humanDuration(Date.now() - (moment ?? Date.now()));
}

function joined(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** As Go prints a time: `2026-11-22 13:40:22 +0000 UTC`. */
function createdAt({ created }: ContainerSummary): string {
  return `${new Date(created).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}

function mountsText({ mounts }: ContainerSummary): string {
  return mounts.map(({ Name, Source }) => Name ?? Source).join(",");
}
