import type { BuildArgument } from "#dockerfile";
import type { ImageConfig } from "#oci";
import { continueDraft, draftFrom, type OpenDraft, parseEnv } from "./image-draft.ts";

/** What the instructions so far have set up for the next one of their stage, which adds to it. */
export interface Scope {
  readonly draft: OpenDraft;
  /** What variables expand to and RUN sees: ENV and ARG, the later of a name wins. */
  readonly env: Map<string, string>;
  /** The ARGs so far: the history of a RUN shows their values. */
  readonly args: BuildArgument[];
}

/** The scope that a stage on an image begins with. */
export function scopeFrom(base: ImageConfig): Scope {
  const draft = draftFrom(base);
  return { draft, env: new Map(draft.config.Env.map(parseEnv)), args: [] };
}

/** The scope of a stage that continues an earlier one, which stays as it is. */
export function continueScope({ draft, env, args }: Scope): Scope {
  return { draft: continueDraft(draft), env: new Map(env), args: [...args] };
}

/** The variables in the form of execve(2). */
export function envList(scope: Scope): string[] {
  return [...scope.env].map(([name, value]) => `${name}=${value}`);
}

/** Where the stage's commands run. */
export function workdirOf(scope: Scope): string {
  return scope.draft.config.WorkingDir || "/";
}
