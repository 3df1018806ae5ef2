import type { PulledImage, PullOptions } from "#image";
import { familiarReference, formatReference, parseReference, parseTaggedReference } from "#oci";
import { checkContentTrust, contentTrustFlag } from "../content-trust-flag.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { platformFlag } from "../platform-flag.ts";
import { openPullProgress } from "../pull-progress/pull-progress.ts";
import { statusText } from "../pull-progress/words.ts";

export default defineCommand({
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  summary: "Download an image from a registry",
  aliases: ["shale image pull", "shale pull"],
  args: { min: 1, max: 1 },
  flags: {
    allTags: { type: "bool", short: "a", help: "Download all tagged images in the repository" },
    platform: { ...platformFlag, help: "Set platform if server is multi-platform capable" },
    quiet: { type: "bool", short: "q", help: "Suppress verbose output" },
    ...contentTrustFlag,
  },
  async run(context: CommandContext, { flags, args: [name = ""] }): Promise<number> {
    const { allTags: all, platform, quiet } = flags;
    checkContentTrust(flags);
    const { stdout } = context;
    const given = parseReference(name);
    if (all && (given.tag || given.digest))
      throw new UsageError("tag can't be used with --all-tags/-a", 1);
    const reference = all ? given : parseTaggedReference(name);
    if (!quiet && reference !== given && !given.tag && !given.digest)
      stdout.write(`Using default tag: ${reference.tag}\n`);
    const pulled = await pull(context, name, { all, ...(platform && { platform }) }, quiet);
    if (!quiet) stdout.write(statusText(pulled, familiarReference(reference)));
    stdout.write(`${formatReference(reference)}\n`);
    return 0;
  },
});

async function pull(
  context: CommandContext,
  name: string,
  options: PullOptions,
  quiet: boolean,
): Promise<PulledImage[]> {
  const signal = context.interruption();
  const images = await (await context.engine()).images();
  using progress = quiet ? undefined : openPullProgress(context, context.stdout);
  const onEvent = progress && { onEvent: progress.handle };
  const { withNameHint } = await import("../name-hint.ts");
  const known = { images, remote: await context.remote() };
  const pulled = await withNameHint(parseReference(name), known, () =>
    images.pull(name, { ...options, ...onEvent, signal }),
  );
  progress?.end();
  return pulled;
}
