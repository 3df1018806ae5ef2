import { fail } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { documentFormatFlag } from "../format-flag.ts";
import {
  inspectContainer,
  inspectImage,
  inspectNetwork,
  inspectVolume,
  orUndefined,
} from "../inspect-object.ts";
import { inspectEach } from "../inspection.ts";

/** In the order in which Docker looks for a name. */
const FINDERS = {
  container: inspectContainer,
  image: inspectImage,
  network: inspectNetwork,
  volume: inspectVolume,
} as const;

type ObjectType = keyof typeof FINDERS;

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
    const types = type ? [checkType(type)] : (Object.keys(FINDERS) as ObjectType[]);
    return inspectEach(context, args, format, (name) => findObject(context, types, name, size));
  },
});

function checkType(type: string): ObjectType {
  if (Object.hasOwn(FINDERS, type)) return type as ObjectType;
  const known = Object.keys(FINDERS).map((each) => JSON.stringify(each));
  const message = `unknown type: ${JSON.stringify(type)}: must be one of ${known.join(", ")}`;
  throw new UsageError(message, 1);
}

async function findObject(
  context: CommandContext,
  types: readonly ObjectType[],
  name: string,
  size: boolean,
): Promise<object> {
  for (const type of types) {
    const looking = FINDERS[type](context, name, size);
    const found = types.length === 1 ? await looking : await orUndefined(looking);
    if (found === undefined) continue;
    if (size && type !== "container") context.stderr.write(`WARNING: --size ignored for ${type}\n`);
    return found;
  }
  return fail("not-found", `No such object: ${name}`);
}
