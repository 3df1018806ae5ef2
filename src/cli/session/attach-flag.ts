import { fail } from "#errors";

export type AttachedStream = "stdin" | "stdout" | "stderr";

/** `-a STREAM`, which may be repeated. */
export const attachFlag = {
  type: "custom",
  short: "a",
  help: "Attach to STDIN, STDOUT or STDERR",
  value: "list",
  parse: addStream,
} as const;

const STREAMS: readonly string[] = ["stdin", "stdout", "stderr"];

function addStream(
  text: string,
  streams: readonly AttachedStream[] = [],
): readonly AttachedStream[] {
  const name = text.toLowerCase();
  if (!STREAMS.includes(name))
    fail("invalid-argument", "valid streams are STDIN, STDOUT and STDERR");
  return [...streams, name as AttachedStream];
}

/** What a container is attached to: its output and, with `-i`, its input, unless it is said. */
export function attachedStreams(
  asked: readonly AttachedStream[] | undefined,
  interactive: boolean,
): ReadonlySet<AttachedStream> {
  const chosen = asked ?? (["stdout", "stderr"] as const);
  return new Set([...chosen, ...(interactive ? (["stdin"] as const) : [])]);
}
