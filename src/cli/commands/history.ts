import type { HistoryItem } from "#image";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { rowFormatFlag } from "../format-flag.ts";
import { createdSince } from "../image-rows.ts";
import { rfc3339 } from "../local-time.ts";
import {
  type Column,
  ellipsis,
  formatRows,
  humanSize,
  showText,
  truncateId,
} from "../output/index.ts";

const CREATED_BY_WIDTH = 45;

export default defineCommand({
  usage: "[OPTIONS] IMAGE",
  summary: "Show the history of an image",
  aliases: ["shale image history", "shale history"],
  args: { min: 1, max: 1 },
  flags: {
    format: rowFormatFlag,
    human: {
      type: "bool",
      short: "H",
      default: true,
      help: "Print sizes and dates in human readable format",
    },
    noTrunc: { type: "bool", help: "Don't truncate output" },
    quiet: { type: "bool", short: "q", help: "Only show image IDs" },
  },
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const { format, human, noTrunc, quiet } = flags;
    const service = await (await context.engine({ readsRecords: true })).images();
    const items = await service.history(args[0]!);
    const text = await formatRows(
      { format, quiet: quiet ? "ID" : undefined },
      columns(noTrunc, human),
      items,
    );
    showText(context.stdout, text);
    return 0;
  },
});

function columns(whole: boolean, human: boolean): Column<HistoryItem>[] {
  const created = human ? createdSince : (item: HistoryItem) => rfc3339(item.created);
  return [
    {
      ...{ key: "ID", header: "IMAGE" },
      value: ({ id = "<missing>" }) => (whole ? id : truncateId(id)),
    },
    {
      ...{ key: "CreatedSince", header: human ? "CREATED" : "CREATED AT" },
      value: created,
    },
    {
      ...{ key: "CreatedAt", header: "CREATED AT", hidden: true },
      value: (item) => rfc3339(item.created),
    },
    {
      ...{ key: "CreatedBy", header: "CREATED BY" },
      value: (item) => createdBy(item, whole),
    },
    {
      ...{ key: "Size", header: "SIZE" },
      value: ({ size }) => (human ? humanSize(size) : String(size)),
    },
    { key: "Comment", header: "COMMENT", value: ({ comment }) => comment },
  ];
}

function createdBy({ createdBy }: HistoryItem, whole: boolean): string {
  const text = createdBy.replaceAll("\t", " ");
  return whole ? text : ellipsis(text, CREATED_BY_WIDTH);
}
