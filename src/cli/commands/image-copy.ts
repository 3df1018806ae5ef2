import type { CommandContext } from "../context.ts";
import { PLACES_HELP, parsePlace } from "../copy-place.ts";
import { defineCommand } from "../flags/index.ts";
import { imageForm, imageFormFlags } from "../image-form-flags.ts";
import { platformFlag } from "../platform-flag.ts";
import { openPushProgress } from "../push-progress.ts";
import { noticeText } from "../remote-notice.ts";

export default defineCommand({
  usage: "[OPTIONS] SOURCE TARGET",
  summary: "Copy an image between registries, the store and archives",
  description: `${PLACES_HELP}

Nothing is run and nothing comes into the store that is not named. What the target
has already is not sent; digests stay as they are unless a form is asked for.
Layers of the store and of docker save that are not compressed become gzip on
their way to a registry.`,
  aliases: ["shale image copy"],
  args: { min: 2, max: 2 },
  flags: {
    all: { type: "bool", short: "a", help: "Copy the images of all platforms, with their index" },
    platform: {
      ...platformFlag,
      help: 'Copy the image for this platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
    quiet: { type: "bool", short: "q", help: "Only show the digest" },
    referrers: {
      type: "bool",
      help: "Copy what refers to the image, too: signatures, attestations",
    },
    ...imageFormFlags,
  },
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const [from, to] = args.map((text) => parsePlace(text, context.directory));
    const { all, platform, quiet, referrers } = flags;
    const signal = context.interruption();
    const images = await (await context.engine()).images();
    using progress = quiet ? undefined : openPushProgress({ output: context.stdout, verb: "copy" });
    if (progress && context.stdout.isTerminal)
      context.onRemoteNotice((notice) => progress.note(noticeText(notice)));
    const { digest, size } = await images.copy(from!, to!, {
      ...{ all, referrers, signal, ...imageForm(flags) },
      ...(platform && { platform }),
      ...(progress && { onEvent: progress.handle }),
    });
    progress?.handle({ kind: "pushed", tag: undefined, digest, size });
    progress?.end();
    if (quiet) context.stdout.write(`${digest}\n`);
    return 0;
  },
});
