import type { Removal } from "#image";
import { confirm } from "./confirm.ts";
import type { CommandContext } from "./context.ts";
import { humanSize } from "./output/index.ts";

/** Asks before something is removed; `--force` is the answer given before. */
export async function confirmPrune(
  { stdout }: CommandContext,
  force: boolean,
  warning: string,
): Promise<boolean> {
  return force || confirm(stdout, `WARNING! This will remove ${warning}`);
}

/** What a prune says at its end: what went, under a heading, and how much room that gave. */
export function pruneText(heading: string, lines: readonly string[], reclaimed: number): string {
  return `${removedText(heading, lines)}Total reclaimed space: ${humanSize(reclaimed, 4)}\n`;
}

/** What went, under a heading; nothing where nothing did. */
export function removedText(heading: string, lines: readonly string[]): string {
  return lines.length > 0 ? `${[heading, ...lines].join("\n")}\n\n` : "";
}

/** An image or layer that is gone, or a name that was taken off one. */
export function removalText(removal: Removal): string {
  return "untagged" in removal ? `untagged: ${removal.untagged}` : `deleted: ${removal.deleted}`;
}
