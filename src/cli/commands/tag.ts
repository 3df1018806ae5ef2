import { messageOf } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { printable } from "../output/index.ts";

const ID = /^[a-f0-9]{64}$/;

export default defineCommand({
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  summary: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
  aliases: ["shale image tag", "shale tag"],
  args: { min: 2, max: 2 },
  flags: {},
  async run(context: CommandContext, { args }): Promise<number> {
    // The source may be an ID.
    for (const name of args.filter((text) => !ID.test(text))) await checkReference(name);
    const images = await (await context.engine({ readsRecords: true })).images();
    await images.tag(args[0]!, args[1]!);
    return 0;
  },
});

/** Which of the two is wrong. */
async function checkReference(name: string): Promise<void> {
  const { parseReference } = await import("#oci");
  try {
    parseReference(name);
  } catch (error) {
    const quoted = JSON.stringify(name);
    const reason = messageOf(error).replace(`: ${quoted}`, "");
    const message = `Error parsing reference: ${quoted} is not a valid repository/tag: ${reason}`;
    throw new UsageError(printable(message), 1);
  }
}
