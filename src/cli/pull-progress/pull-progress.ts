import type { PullEvent } from "#image";
import type { CommandContext } from "../context.ts";
import type { Output } from "../output/index.ts";
import { noticeText } from "../remote-notice.ts";
import { livePull } from "./live.ts";
import { plainPull } from "./plain.ts";

/** Shows what a pull does: live on a terminal, as lines that read well in a log elsewhere. */
export interface PullProgress extends Disposable {
  readonly handle: (event: PullEvent) => void;
  /** All is here: what was drawn stays. Disposing without it takes the drawing away. */
  end(): void;
}

/** What registries make us do is told above what is drawn; else the context tells it. */
export function openPullProgress(
  { onRemoteNotice }: Pick<CommandContext, "onRemoteNotice">,
  output: Output,
): PullProgress {
  if (!output.isTerminal) return plainPull((text) => output.write(text));
  const { log, ...progress } = livePull(output);
  onRemoteNotice((notice) => log(noticeText(notice)));
  return progress;
}
