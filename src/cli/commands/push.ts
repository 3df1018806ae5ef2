import { checkContentTrust, contentTrustFlag } from "../content-trust-flag.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { imageForm, imageFormFlags } from "../image-form-flags.ts";
import { platformFlag, requirePlatform } from "../platform-flag.ts";
import { openPushProgress } from "../push-progress.ts";
import { noticeText } from "../remote-notice.ts";

export default defineCommand({
  usage: "[OPTIONS] NAME[:TAG]",
  summary: "Upload an image to a registry",
  description: `What was pulled or loaded goes back with the same digests. Layers that were made
here are compressed on all cores while they are sent; what the registry has, in this
repository or another one that is known to have it, is not sent again.`,
  aliases: ["shale image push", "shale push"],
  args: { min: 1, max: 1 },
  flags: {
    allTags: { type: "bool", short: "a", help: "Push all tags of an image to the repository" },
    platform: {
      ...platformFlag,
      help: 'Push only if the image is for this platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
    quiet: { type: "bool", short: "q", help: "Suppress verbose output" },
    ...imageFormFlags,
    ...contentTrustFlag,
  },
  async run(context: CommandContext, { flags, args: [name = ""] }): Promise<number> {
    const { allTags: all, platform, quiet } = flags;
    checkContentTrust(flags);
    const { parseReference, familiarReference } = await import("#oci");
    const reference = parseReference(name);
    if (all && reference.tag) throw new UsageError("tag can't be used with --all-tags/-a", 1);
    const hasDefault = !all && !reference.tag && !reference.digest;
    if (hasDefault && !quiet) context.stdout.write("Using default tag: latest\n");
    const signal = context.interruption();
    const images = await (await context.engine()).images();
    if (platform) await requirePlatform(images, [name], platform);
    using progress = quiet ? undefined : openPushProgress({ output: context.stdout });
    if (progress && context.stdout.isTerminal)
      context.onRemoteNotice((notice) => progress.note(noticeText(notice)));
    await images.push(name, {
      ...{ all, signal, ...imageForm(flags) },
      ...(progress && { onEvent: progress.handle }),
    });
    progress?.end();
    const pushed = hasDefault ? { ...reference, tag: "latest" } : reference;
    if (quiet) context.stdout.write(`${familiarReference(pushed)}\n`);
    return 0;
  },
});
