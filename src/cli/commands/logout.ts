import { messageOf } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { printable } from "../output/index.ts";
import { parseServerArgument } from "../server-argument.ts";

export default defineCommand({
  usage: "[SERVER]",
  summary: "Log out from a registry.\nDefaults to Docker Hub if no server is specified.",
  args: { max: 1 },
  flags: {},
  async run(context: CommandContext, { args: [server] }): Promise<number> {
    const registry = await parseServerArgument(server);
    const { serverKey } = await import("#remote");
    const { stdout, stderr } = context;
    stdout.write(`Removing login credentials for ${serverKey(registry)}\n`);
    const credentials = await context.credentials();
    try {
      await credentials.erase(registry);
    } catch (error) {
      const reason = printable(messageOf(error));
      stderr.write(`WARNING: could not erase credentials:\n${serverKey(registry)}: ${reason}\n`);
      return 1;
    }
    if (await credentials.find(registry))
      stderr.write(
        `WARNING: a file that is only read here still has credentials for ${registry}\n`,
      );
    return 0;
  },
});
