import type { Digest } from "#oci";
import type { ImageDraft } from "./compile/image-draft.ts";
import { type ExportOptions, exportImage } from "./export-image.ts";
import type { StepInStage } from "./solver/solver.ts";

/**
 * Keeps the files as they were before a failed RUN as an image without a name, set up so that
 * `run -it IMAGE sh` is where the command was. Undefined for other steps, and without files.
 */
export async function keepLastState(
  { stage, step, parent }: StepInStage,
  options: Omit<ExportOptions, "names">,
): Promise<Digest | undefined> {
  const { operation } = step;
  if (operation.kind !== "run" || parent.layers.length === 0) return undefined;
  const { env: Env, user: User, directory: WorkingDir } = operation;
  const config = { Env, User, WorkingDir, Cmd: ["/bin/sh"] };
  const draft = { ...draftBefore(stage.draft, parent.results.length), config };
  return exportImage(draft, parent, { ...options, names: [] });
}

/** The draft with the history up to its first `steps` layers. */
function draftBefore(draft: ImageDraft, steps: number): ImageDraft {
  let seen = 0;
  const next = draft.history.findIndex(({ layer }) => layer && seen++ === steps);
  return { ...draft, history: next < 0 ? draft.history : draft.history.slice(0, next) };
}
