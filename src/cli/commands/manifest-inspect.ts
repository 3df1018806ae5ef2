import { kindOf } from "#errors";
import { formatReference, parseTaggedReference } from "#oci";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { plainManifest, verboseManifest } from "../manifest-text.ts";
import { printable, showText } from "../output/index.ts";

export default defineCommand({
  usage: "[OPTIONS] MANIFEST",
  summary: "Display an image manifest, or index",
  description: "It is asked of the registry: nothing is pulled.",
  args: { min: 1, max: 1 },
  flags: {
    insecure: { type: "bool", help: "Allow communication with an insecure registry" },
    verbose: {
      type: "bool",
      short: "v",
      help: "Output additional info including layers and platform",
    },
  },
  async run(context: CommandContext, { flags, args: [name = ""] }): Promise<number> {
    const reference = parseTaggedReference(name);
    const signal = context.interruption();
    const insecure = flags.insecure ? [reference.registry] : [];
    const remote = await context.remote({ insecure });
    const repository = remote.repository(reference);
    try {
      const manifest = await repository.manifest(reference.digest ?? reference.tag!, { signal });
      const text = flags.verbose
        ? await verboseManifest(repository, reference, manifest, signal)
        : plainManifest(manifest);
      showText(context.stdout, `${text}\n`);
      return 0;
    } catch (error) {
      if (kindOf(error) !== "not-found") throw error;
      const { nameHint } = await import("../name-hint.ts");
      const hint = await nameHint(reference, { remote });
      const text = `no such manifest: ${formatReference(reference)}${hint}`;
      throw new UsageError(printable(text), 1);
    }
  },
});
