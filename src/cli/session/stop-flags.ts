import type { StopOptions } from "#container";
import type { FlagSpecs, FlagValues } from "../flags/index.ts";

/** How a container is stopped; `stop` and `restart` have them. */
export const stopFlags = {
  signal: { type: "string", short: "s", help: "Signal to send to the container" },
  timeout: {
    type: "int",
    short: "t",
    aliases: ["time"],
    help: "Seconds to wait before killing the container",
  },
} as const satisfies FlagSpecs;

/** What they ask for. */
export function stopOptions({ signal, timeout }: FlagValues<typeof stopFlags>): StopOptions {
  return { ...(signal !== undefined && { signal }), ...(timeout !== undefined && { timeout }) };
}
