import type { OutputSink } from "#container";
import { UsageError } from "../flags/index.ts";
import { OutputClosed } from "../output/index.ts";
import { systemWords } from "../system-error.ts";

/**
 * Writes to our standard output (or error) as fast as its reader takes it, without holding up
 * anything else. A reader that is gone fails with `OutputClosed`, a full disk in Docker's words.
 */
export function standardSink(stream: "stdout" | "stderr"): OutputSink {
  const sink = Bun[stream].writer();
  return async (chunk) => {
    try {
      await Promise.all([sink.write(chunk), sink.flush()]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EPIPE") throw new OutputClosed(error);
      throw new UsageError(`write /dev/${stream}: ${systemWords(error)}`, 1);
    }
  };
}
