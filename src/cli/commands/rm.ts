import { fail, kindOf } from "#errors";
import type { CommandContext } from "../context.ts";
import { forAllArguments, writeErrors } from "../each-argument.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Remove one or more containers",
  aliases: ["shale container rm", "shale container remove", "shale rm"],
  args: { min: 1 },
  flags: {
    force: {
      type: "bool",
      short: "f",
      help: "Force the removal of a running container (uses SIGKILL)",
    },
    link: { type: "bool", short: "l", help: "Remove the specified link" },
    volumes: {
      type: "bool",
      short: "v",
      help: "Remove anonymous volumes associated with the container",
    },
  },
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const { force, link, volumes } = flags;
    const containers = await (await context.engine()).containers();
    const remove = async (name: string) => {
      if (name === "") fail("invalid-argument", "container name cannot be empty");
      if (link) failLink(name);
      await containers.remove(name, { force, volumes });
    };
    const errors = await forAllArguments(args, remove, (name) => context.stdout.write(`${name}\n`));
    writeErrors(context, errors);
    return errors.every((error) => force && kindOf(error) === "not-found") ? 0 : 1;
  },
});

/** The links of old are of the default bridge, which has no names. */
function failLink(name: string): never {
  return fail(
    "unsupported",
    `cannot remove the link ${name}: there are no links, use "shale network disconnect"`,
  );
}
