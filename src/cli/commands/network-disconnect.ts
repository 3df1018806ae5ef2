import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] NETWORK CONTAINER",
  summary: "Disconnect a container from a network",
  args: { min: 2, max: 2 },
  flags: {
    force: {
      type: "bool",
      short: "f",
      help: "Force the container to disconnect from a network",
    },
  },
  async run(context: CommandContext, { flags: { force }, args: [network = "", name = ""] }) {
    const containers = await (await context.engine()).containers();
    await containers.disconnect(name, network, { force });
    return 0;
  },
});
