import type { Removal } from "#image";

/** A line about something that is gone: `Untagged: alpine:latest`. */
export function removalText(removal: Removal): string {
  return "untagged" in removal
    ? `Untagged: ${removal.untagged}`
    : `Deleted: ${removal.deleted}`;
}
