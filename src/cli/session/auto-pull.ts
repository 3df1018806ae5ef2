import { kindOf, messageOf } from "#errors";
import {
  familiarReference,
  isDigest,
  type Platform,
  parseReference,
  parseTaggedReference,
} from "#oci";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../flags/index.ts";
import { printable } from "../output/index.ts";
import { openPullProgress } from "../pull-progress/pull-progress.ts";
import { statusText } from "../pull-progress/words.ts";

/** Docker's exit code for what is not the container's own doing. */
const FAILED = 125;

/** Whether a registry may have it: what looks like an ID names nothing there. */
export function isPullable(image: string): boolean {
  return !isDigest(image) && !isDigest(`sha256:${image}`);
}

/** Says that the image is not here and brings it in. */
export async function pullMissing(
  context: CommandContext,
  image: string,
  options: PullForRun = {},
): Promise<void> {
  const name = familiarReference(parseTaggedReference(image));
  context.stderr.write(`Unable to find image '${printable(name)}' locally\n`);
  await pullForRun(context, image, options).catch((error: unknown) => {
    if (kindOf(error) !== "failed-precondition") throw error;
    throw new UsageError(
      `shale: ${messageOf(error)}: bring it in with "shale load" or "shale import", or make it with "shale build".`,
      FAILED,
    );
  });
}

export interface PullForRun {
  /** Says nothing of how it goes. */
  readonly quiet?: boolean;
  readonly platform?: Platform;
}

/** Brings in the image of a container to be, with the pull's own lines on standard error. */
export async function pullForRun(
  context: CommandContext,
  image: string,
  { quiet = false, platform }: PullForRun = {},
): Promise<void> {
  const images = await (await context.engine()).images();
  const signal = context.interruption();
  using progress = quiet ? undefined : openPullProgress(context, context.stderr);
  const { withNameHint } = await import("../name-hint.ts");
  const known = { images, remote: await context.remote() };
  const pulled = await withNameHint(parseReference(image), known, () =>
    images.pull(image, {
      ...(progress && { onEvent: progress.handle }),
      ...(platform && { platform }),
      signal,
    }),
  );
  if (progress === undefined) return;
  progress.end();
  context.stderr.write(statusText(pulled, familiarReference(parseTaggedReference(image))));
}
