import type { Digest } from "#oci";
import { DEFAULT_PATH, type ImageDraft } from "./compile/image-draft.ts";
import { type ExportOptions, exportImage } from "./export-image.ts";
import type { StepInStage } from "./solver/solver.ts";

/**
 * Keeps the files as they were before a failed step as an image without a name, set up so that
 * `run -it IMAGE sh` is where the step was. Undefined when there are no files.
 */
export async function keepLastState(
  { stage, step, parent }: StepInStage,
  options: Omit<ExportOptions, "names">,
): Promise<Digest | undefined> {
  if (parent.layers.length === 0) return undefined;
  const draft = draftBefore(stage.draft, parent.results.length);
  const { operation } = step;
  const config =
    operation.kind === "run"
      ? { Env: operation.env, User: operation.user, WorkingDir: operation.directory }
      : { Env: [`PATH=${DEFAULT_PATH}`] };
  return exportImage({ ...draft, config: { ...config, Cmd: ["/bin/sh"] } }, parent, {
    ...options,
    names: [],
  });
}

/** The draft with the history up to its first `steps` layers. */
function draftBefore(draft: ImageDraft, steps: number): ImageDraft {
  let seen = 0;
  const next = draft.history.findIndex(({ layer }) => layer && seen++ === steps);
  return { ...draft, history: next < 0 ? draft.history : draft.history.slice(0, next) };
}
