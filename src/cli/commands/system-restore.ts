import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Start the containers that should run after a reboot",
  description: `Starts the containers whose restart policy asks for it and prints their names.
To have it done at every boot:

  shale system restore --print-unit >/etc/systemd/system/shale-restore.service
  systemctl enable shale-restore.service`,
  args: { max: 0 },
  flags: {
    printUnit: { type: "bool", help: "Print a systemd unit that does it at every boot" },
  },
  async run(context: CommandContext, { flags }): Promise<number> {
    if (flags.printUnit) {
      context.stdout.write(await unitText(context));
      return 0;
    }
    const containers = await (await context.engine()).containers();
    for (const name of await containers.restore()) context.stdout.write(`${name}\n`);
    return 0;
  },
});

async function unitText({ root: flag, environment }: CommandContext): Promise<string> {
  const [{ ownProgram }, { storeDirectories }, { restoreUnit }] = await Promise.all([
    import("#engine"),
    import("../store-directories.ts"),
    import("../restore-unit.ts"),
  ]);
  const { root } = storeDirectories(flag, environment);
  return restoreUnit(root, ownProgram({ root }));
}
