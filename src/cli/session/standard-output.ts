import type { OutputChunk } from "#container";
import { OutputClosed } from "../output/index.ts";

/** Where a container's output goes: our own two streams, as fast as their readers take it. */
export interface StandardOutput {
  write(chunk: OutputChunk): Promise<void>;
}

/** The process's standard output and error; a reader that is gone fails with `OutputClosed`. */
export function openStandardOutput(): StandardOutput {
  const sinks = { stdout: Bun.stdout.writer(), stderr: Bun.stderr.writer() };
  return {
    write: async ({ stream, data }) => {
      const sink = sinks[stream];
      try {
        sink.write(data);
        await sink.flush();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EPIPE") throw new OutputClosed(error);
        throw error;
      }
    },
  };
}
