import type { CommandContext } from "./context.ts";
import type { Command, CommandEntry } from "./flags/index.ts";

type Loader = () => Promise<{ default: Command<CommandContext> }>;

/** A command of the tree: its file is loaded when it is used. */
export function command(
  summary: string,
  load: Loader,
  aliases: readonly string[] = [],
): CommandEntry<CommandContext> {
  return { summary, aliases, load: async () => (await load()).default };
}
