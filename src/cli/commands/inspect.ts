import { fail } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { documentFormatFlag } from "../format-flag.ts";
import { inspectContainer, inspectImage, orUndefined } from "../inspect-object.ts";
import { inspectEach } from "../inspection.ts";

const TYPES = ["container", "image"];

export default defineCommand({
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  summary: "Return low-level information on shale objects",
  args: { min: 1 },
  flags: {
    format: documentFormatFlag,
    size: { type: "bool", short: "s", help: "Display total file sizes if the type is container" },
    type: { type: "string", help: "Only inspect objects of the given type" },
  },
  async run(context: CommandContext, { flags: { format, size, type }, args }): Promise<number> {
    checkType(type);
    const container = (name: string) => inspectContainer(context, name, size);
    const image = async (name: string) => {
      const found = await inspectImage(context, name);
      if (size) context.stderr.write("WARNING: --size ignored for image\n");
      return found;
    };
    const either = async (name: string) =>
      (await orUndefined(container(name))) ??
      (await orUndefined(image(name))) ??
      fail("not-found", `No such object: ${name}`);
    const find = type ? { container, image }[type] : undefined;
    return inspectEach(context, args, format, find ?? either);
  },
});

function checkType(type: string | undefined): void {
  if (!type || TYPES.includes(type)) return;
  const known = TYPES.map((each) => JSON.stringify(each)).join(", ");
  throw new UsageError(`unknown type: ${JSON.stringify(type)}: must be one of ${known}`, 1);
}
