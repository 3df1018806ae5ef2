import type { CreateVolumeOptions } from "#volume";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { checkLabel, labelsOf } from "../session/labels.ts";

export default defineCommand({
  usage: "[OPTIONS] [VOLUME]",
  summary: "Create a volume",
  args: { max: 1 },
  flags: {
    driver: {
      type: "string",
      short: "d",
      default: "local",
      help: "Specify volume driver name",
    },
    label: { type: "list", help: "Set metadata for a volume", check: checkLabel },
    name: { type: "string", help: "Specify volume name", hidden: true },
    opt: { type: "map", short: "o", help: "Set driver specific options", value: "map" },
  },
  async run(context: CommandContext, { flags, args: [positional] }): Promise<number> {
    const { driver, label, opt } = flags;
    if (flags.name && positional)
      throw new UsageError(
        "conflicting options: cannot specify a volume-name through both --name and as a positional arg",
        1,
      );
    const name = positional || flags.name;
    const how = { driver, labels: labelsOf(label), options: Object.fromEntries(opt) };
    const options: CreateVolumeOptions = name ? { ...how, name } : how;
    const volumes = await (await context.engine()).volumes();
    context.stdout.write(`${(await volumes.create(options)).Name}\n`);
    return 0;
  },
});
