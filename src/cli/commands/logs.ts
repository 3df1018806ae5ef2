import type { LogEntry, LogOptions } from "#container";
import { fail, messageOf } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS] CONTAINER",
  summary: "Fetch the logs of a container",
  aliases: ["shale container logs", "shale logs"],
  args: { min: 1, max: 1 },
  flags: {
    details: { type: "bool", help: "Show extra details provided to logs" },
    follow: { type: "bool", short: "f", help: "Follow log output" },
    since: {
      type: "string",
      help: 'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
    tail: {
      type: "string",
      short: "n",
      default: "all",
      help: "Number of lines to show from the end of the logs",
    },
    timestamps: { type: "bool", short: "t", help: "Show timestamps" },
    until: {
      type: "string",
      help: 'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
  },
  async run(context: CommandContext, { flags, args: [name = ""] }): Promise<number> {
    const { since, until, follow, tail, timestamps, details } = flags;
    const times = { ...(await moment("since", since)), ...(await moment("until", until)) };
    const containers = await (await context.engine()).containers();
    const options = { ...times, ...lastOf(tail), follow, details };
    for await (const entries of containers.logs(name, options)) show(context, entries, timestamps);
    return 0;
  },
});

async function moment(key: "since" | "until", text: string | undefined): Promise<LogOptions> {
  if (!text) return {};
  const { parseTimestamp } = await import("#filters");
  try {
    return { [key]: parseTimestamp(text, Date.now()) };
  } catch (error) {
    return fail("invalid-argument", `invalid value for "${key}": ${messageOf(error)}`, error);
  }
}

/** As in Docker, what is no number of lines is all of them. */
function lastOf(text: string): LogOptions {
  return /^\d+$/.test(text) ? { tail: Number(text) } : {};
}

/** Neighbours of one stream are written at once. */
function show(
  { stdout, stderr }: CommandContext,
  entries: readonly LogEntry[],
  timestamps: boolean,
): void {
  let pieces: Uint8Array[] = [];
  for (const [index, entry] of entries.entries()) {
    if (timestamps) pieces.push(Buffer.from(`${entry.time} `));
    pieces.push(entry.bytes);
    if (entries[index + 1]?.stream === entry.stream) continue;
    (entry.stream === "stdout" ? stdout : stderr).write(Buffer.concat(pieces));
    pieces = [];
  }
}
