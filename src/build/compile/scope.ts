import type { BuildArgument, Environment } from "#dockerfile";
import { draftFrom, type ImageDraft, parseEnv } from "./image-draft.ts";

/** What the instructions so far have set up for the next one of their stage. */
export interface Scope {
  readonly draft: ImageDraft;
  /** What variables expand to and RUN sees: ENV and ARG, the later of a name wins. */
  readonly env: Environment;
  /** The ARGs so far: the history of a RUN shows their values. */
  readonly args: readonly BuildArgument[];
}

/** The scope that a stage on `draft`'s base begins with. */
export function scopeOf(draft: ImageDraft): Scope {
  return { draft, env: new Map((draft.config.Env ?? []).map(parseEnv)), args: [] };
}

/** The scope that a stage on an image begins with. */
export function scopeFrom(base: ImageDraft["base"]): Scope {
  return scopeOf(draftFrom(base));
}

/** The scope with more variables. */
export function withEnv(scope: Scope, pairs: Iterable<readonly [string, string]>): Scope {
  return { ...scope, env: new Map([...scope.env, ...pairs]) };
}

/** The scope with another draft. */
export function withDraft(scope: Scope, draft: ImageDraft): Scope {
  return { ...scope, draft };
}

/** The variables in the form of execve(2). */
export function envList(scope: Scope): string[] {
  return [...scope.env].map(([name, value]) => `${name}=${value}`);
}

/** Where the stage's commands run. */
export function workdirOf(scope: Scope): string {
  return scope.draft.config.WorkingDir || "/";
}
