import type { OutputChunk } from "#container";

/** Where a container's output goes: our own two streams, as fast as their readers take it. */
export interface StandardOutput {
  write(chunk: OutputChunk): Promise<void>;
}

/** The process's standard output and error; writing fails with the system's error (EPIPE). */
export function openStandardOutput(): StandardOutput {
  const sinks = { stdout: Bun.stdout.writer(), stderr: Bun.stderr.writer() };
  return {
    write: async ({ stream, data }) => {
      const sink = sinks[stream];
      sink.write(data);
      await sink.flush();
    },
  };
}
