import type { Engine } from "#engine";
import type { ImageService } from "#image";
import { hexOf } from "#oci";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { type FilterValues, pruneFilterFlag } from "../filter-flag.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { pruneText, removalText, removedText } from "../prune-output.ts";

interface PruneOptions {
  /** Images that have a name, too, and all of the build cache. */
  readonly all: boolean;
  readonly volumes: boolean;
  readonly filters: FilterValues;
}

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove unused data",
  args: { max: 0 },
  flags: {
    all: { type: "bool", short: "a", help: "Remove all unused images not just dangling ones" },
    filter: { ...pruneFilterFlag, help: 'Provide filter values (e.g. "label=<key>=<value>")' },
    force: { type: "bool", short: "f", help: "Do not prompt for confirmation" },
    volumes: { type: "bool", help: "Prune anonymous volumes" },
  },
  async run(context: CommandContext, { flags }): Promise<number> {
    const { all, volumes, filter: filters = {}, force } = flags;
    if (volumes && filters.until)
      throw new UsageError('ERROR: The "until" filter is not supported with "--volumes"', 1);
    const options = { all, volumes, filters };
    if (!(force || (await confirm(context.stdout, warning(options))))) return 0;
    let reclaimed = 0;
    for await (const { heading, lines, bytes } of prune(await context.engine(), options)) {
      reclaimed += bytes;
      context.stdout.write(removedText(heading, lines));
    }
    context.stdout.write(pruneText("", [], reclaimed));
    return 0;
  },
});

function warning({ all, volumes, filters }: PruneOptions): string {
  const things = [
    "all stopped containers",
    "all networks not used by at least one container",
    ...(volumes ? ["all anonymous volumes not used by at least one container"] : []),
    all ? "all images without at least one container associated to them" : "all dangling images",
    all ? "all build cache" : "all dangling build cache",
  ];
  const list = things.map((thing) => `\n  - ${thing}`).join("");
  return `WARNING! This will remove:${list}\n${filterText(filters)}\nAre you sure you want to continue?`;
}

function filterText(filters: FilterValues): string {
  const words = Object.entries(filters).flatMap(([key, values]) =>
    values.map((value) => `  - ${key}=${value}\n`),
  );
  if (words.length === 0) return "";
  return `\n  Items to be pruned will be filtered with:\n${words.sort().join("")}`;
}

interface Pruned {
  readonly heading: string;
  readonly lines: readonly string[];
  readonly bytes: number;
}

/** In the order in which one lets go of the next. */
async function* prune(
  engine: Engine,
  { all, volumes, filters }: PruneOptions,
): AsyncGenerator<Pruned> {
  const containers = await (await engine.containers()).prune(filters);
  yield { heading: "Deleted Containers:", lines: containers.removed, bytes: containers.bytes };
  const networks = await (await engine.networks()).prune(filters);
  yield { heading: "Deleted Networks:", lines: networks.removed, bytes: 0 };
  if (volumes) {
    const { removed, bytes } = await (await engine.volumes()).prune(filters);
    yield { heading: "Deleted Volumes:", lines: removed, bytes };
  }
  const images = await engine.images();
  const { removals, reclaimed } = await images.prune({ all, filters });
  yield { heading: "Deleted Images:", lines: removals.map(removalText), bytes: reclaimed };
  yield await pruneCache(images, all, filters);
}

/** Build steps have no labels. */
async function pruneCache(
  images: ImageService,
  all: boolean,
  { until }: FilterValues,
): Promise<Pruned> {
  const { records, reclaimed } = await images.pruneCache({
    all,
    ...(until && { filters: { until } }),
  });
  return { heading: "Deleted build cache objects:", lines: records.map(hexOf), bytes: reclaimed };
}
