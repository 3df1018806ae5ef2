import { type RunInstruction, runScript } from "#dockerfile";
import type { RunOperation } from "../plan.ts";
import { remember, withShell } from "./image-draft.ts";
import { envList, type Scope, workdirOf } from "./scope.ts";

/** Where BuildKit puts the script of a heredoc that names its own interpreter. */
export const SCRIPT_DIRECTORY = "/dev/pipes";

/** What a RUN does in this scope. */
export function runOperation(
  scope: Scope,
  run: RunInstruction,
  proxy: readonly (readonly [string, string])[],
): RunOperation {
  const script = runScript(run);
  return {
    kind: "run",
    args: argsOf(scope, script),
    env: envList(scope),
    proxy: proxy.map(([name, value]) => `${name}=${value}`),
    user: scope.draft.config.User ?? "",
    directory: workdirOf(scope),
    script: script.form === "file" ? { name: script.name, text: script.content } : undefined,
  };
}

/** Adds the RUN's line of history: its command line behind the ARGs it saw. */
export function rememberRun(scope: Scope, operation: RunOperation): void {
  const seen = new Map(scope.args.map(({ key, value = "" }) => [key, scope.env.get(key) ?? value]));
  const args = [...seen].map(([key, value]) => `${key}=${value}`);
  const words = [...(args.length > 0 ? [`|${args.length}`, ...args] : []), ...operation.args];
  remember(scope.draft, `RUN ${words.join(" ")} # buildkit`, true);
}

function argsOf(scope: Scope, script: ReturnType<typeof runScript>): readonly string[] {
  switch (script.form) {
    case "exec":
      return script.args;
    case "shell":
      return withShell(scope.draft, script.script);
    case "file":
      return [`${SCRIPT_DIRECTORY}/${script.name}`];
  }
}
