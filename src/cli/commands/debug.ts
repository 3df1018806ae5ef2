import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER|IMAGE [COMMAND] [ARG...]",
  summary: "Look into a container or an image with tools of your own",
  args: { min: 1 },
  interspersed: false,
  flags: {
    interactive: { type: "bool", short: "i", help: "Keep STDIN open (default for a shell)" },
    tools: {
      type: "string",
      help: "Image whose programs are the tools (default: busybox of the host)",
      value: "image",
    },
    tty: { type: "bool", short: "t", help: "Allocate a pseudo-TTY (default on a terminal)" },
  },
  async run(context: CommandContext, { flags, args: [target = "", ...command] }): Promise<number> {
    const [{ isTerminal }, { DETACHED, runAttached }] = await Promise.all([
      import("#kernel"),
      import("../session/attached-run.ts"),
    ]);
    const { stdout, stderr } = context;
    const tty = flags.tty || (isTerminal(0) && stdout.isTerminal);
    const interactive = flags.interactive || tty || command.length === 0;
    const containers = await (await context.engine()).containers();
    const { id, warnings } = await containers.createDebug(target, {
      ...{ command, tty, interactive },
      ...(flags.tools && { tools: flags.tools }),
      ...(stdout.isTerminal && { consoleSize: [stdout.rows, stdout.columns] as const }),
    });
    for (const warning of warnings) stderr.write(`WARNING: ${warning}\n`);
    const code = await runAttached(containers, { id, interactive, tty, forwardSignals: true });
    return code === DETACHED ? 0 : code;
  },
});
