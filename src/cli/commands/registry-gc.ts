import type { CollectedGarbage } from "#registry";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { humanSize } from "../output/index.ts";
import { openRegistryStorage, registryStorageFlags } from "../registry-storage.ts";

const HOUR_MS = 3_600_000;

export default defineCommand({
  usage: "[OPTIONS] [ROOT]",
  summary: "Remove what nothing in a registry refers to",
  description: "May run while the registry serves.",
  args: { max: 1 },
  flags: {
    ...registryStorageFlags,
    dryRun: { type: "bool", help: "Say what would go, and remove nothing" },
    grace: {
      type: "duration",
      default: HOUR_MS,
      help: "Keep what was pushed, mounted or asked for within this time",
    },
    untagged: { type: "bool", help: "Remove manifests that have no tag as well" },
  },
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const { collectGarbage } = await import("#registry");
    await using opened = await openRegistryStorage(context, args[0], flags, { existing: true });
    const { dryRun, grace, untagged } = flags;
    const options = { dryRun, grace, untagged, signal: context.interruption() };
    const collected = await collectGarbage(opened.records, opened.blobs, options);
    context.stdout.write(describe(collected, flags.dryRun));
    return 0;
  },
});

function describe(collected: CollectedGarbage, dryRun: boolean): string {
  const { manifests, blobs, uploads, stray, bytes } = collected;
  const gone = dryRun ? "would be deleted" : "deleted";
  const lines = [
    ...manifests.map(({ repository, digest }) => `manifest ${gone}: ${repository}@${digest}`),
    ...blobs.map(({ digest, size }) => `blob ${gone}: ${digest} (${humanSize(size)})`),
    ...(uploads > 0 ? [`abandoned uploads ${gone}: ${uploads}`] : []),
    ...(stray > 0 ? [`left behind by crashes, ${gone}: ${humanSize(stray)}`] : []),
    `Total ${dryRun ? "reclaimable" : "reclaimed"} space: ${humanSize(bytes)}`,
  ];
  return `${lines.join("\n")}\n`;
}
