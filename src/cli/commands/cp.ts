import { fail } from "#errors";
import type { CommandContext } from "../context.ts";
import { parseCopyArgument } from "../copying/copy-argument.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage:
    "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tshale cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
  summary: "Copy files/folders between a container and the local filesystem",
  aliases: ["shale container cp", "shale cp"],
  args: { min: 2, max: 2 },
  flags: {
    archive: { type: "bool", short: "a", help: "Archive mode (copy all uid/gid information)" },
    followLink: { type: "bool", short: "L", help: "Always follow symbol link in SRC_PATH" },
    quiet: {
      type: "bool",
      short: "q",
      help: "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached",
    },
  },
  async run(context: CommandContext, { flags, args: [from = "", to = ""] }): Promise<number> {
    if (from === "") fail("invalid-argument", "source can not be empty");
    if (to === "") fail("invalid-argument", "destination can not be empty");
    const [source, target] = [parseCopyArgument(from), parseCopyArgument(to)];
    const how = { ...flags, quiet: flags.quiet || !context.stdout.isTerminal };
    const { copyIn, copyOut } = await import("../copying/copy.ts");
    if (isInside(source) && isInside(target))
      fail("unsupported", "copying between containers is not supported");
    if (isInside(source)) await copyOut(context, source, target.path, how);
    else if (isInside(target)) await copyIn(context, source.path, target, how);
    else fail("invalid-argument", "must specify at least one container source");
    return 0;
  },
});

function isInside(argument: {
  container?: string;
  path: string;
}): argument is { container: string; path: string } {
  return argument.container !== undefined;
}
