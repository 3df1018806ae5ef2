import type { Bytes } from "#bytes";
import { TarParser, type TarSink } from "#tar";
import { Pace } from "./pace.ts";

/** Gives all entries of an uncompressed tar to a sink; other work of the process goes on meanwhile. */
export async function parseTar(
  tar: Bytes,
  sink: TarSink,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pace = new Pace(signal);
  const parser = new TarParser(sink);
  for await (const chunk of tar) {
    parser.write(chunk);
    if (pace.isDue) await pace.rest();
  }
  parser.end();
}
