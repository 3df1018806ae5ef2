import type { BuildEvent } from "#build";
import type { Output } from "../output/index.ts";

/** Takes the events of a build and shows them in some form. */
export interface BuildProgress {
  handle(event: BuildEvent): void;
  /** No more events come: draws what is still to be drawn. */
  end(): void;
}

export type ProgressMode = "auto" | "plain" | "tty" | "rawjson" | "quiet";

/** The view that was asked for; without a terminal the live one gives way to the plain one. */
export async function openProgress(mode: ProgressMode, output: Output): Promise<BuildProgress> {
  const write = (text: string) => output.write(text);
  switch (mode) {
    case "rawjson":
      return (await import("./json-progress.ts")).jsonProgress(write);
    case "quiet":
      return { handle() {}, end() {} };
    case "auto":
    case "tty":
      if (output.isTerminal) return (await import("./live-progress.ts")).liveProgress(output);
  }
  return (await import("./plain-progress.ts")).plainProgress(write);
}
