import type { CommandContext } from "../context.ts";
import { type FilterValues, filterFlag } from "../filter-flag.ts";
import { defineCommand } from "../flags/index.ts";
import { rowFormatFlag } from "../format-flag.ts";
import { type ImageRow, imageColumns, imageRows } from "../image-rows.ts";
import { type Column, formatRows, showText } from "../output/index.ts";

export default defineCommand({
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  summary: "List images",
  aliases: ["shale image ls", "shale image list", "shale images"],
  args: { max: 1 },
  flags: {
    all: {
      type: "bool",
      short: "a",
      help: "Show all images (default hides intermediate images)",
    },
    digests: { type: "bool", help: "Show digests" },
    filter: { ...filterFlag, short: "f" },
    format: rowFormatFlag,
    noTrunc: { type: "bool", help: "Don't truncate output" },
    quiet: { type: "bool", short: "q", help: "Only show image IDs" },
  },
  async run(context: CommandContext, { flags, args: [reference] }): Promise<number> {
    const { all, digests, filter, format, noTrunc, quiet } = flags;
    const service = await (await context.engine({ readsRecords: true })).images();
    const images = await service.list({ all, filters: withReference(filter, reference) });
    const wantsDigests = digests || (format?.includes("{{.Digest}}") ?? false);
    const rows = images.flatMap((image) => imageRows(image, wantsDigests));
    const columns = [...imageColumns({ whole: noTrunc, digests }), ...NOT_COMPUTED];
    const text = await formatRows({ format, quiet: quiet ? "ID" : undefined }, columns, rows);
    showText(context.stdout, text);
    return 0;
  },
});

function withReference(filters: FilterValues = {}, reference: string | undefined): FilterValues {
  if (!reference) return filters;
  return { ...filters, reference: [...(filters.reference ?? []), reference] };
}

/** What `system df -v` computes and a listing, as Docker's, does not. */
const NOT_COMPUTED = [
  { key: "SharedSize", header: "SHARED SIZE" },
  { key: "UniqueSize", header: "UNIQUE SIZE" },
  { key: "Containers", header: "CONTAINERS" },
].map((column): Column<ImageRow> => ({ ...column, value: () => "N/A", hidden: true }));
