import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fail, messageOf } from "#errors";
import { failOnFile } from "../system-error.ts";
import { makeNotes, type Script } from "./notes.ts";

/** Where a Dockerfile is to be, and what there is of it until the session is over. */
export interface Draft {
  readonly target: string;
  /** Beside it, and in its place at the end. */
  readonly path: string;
  /** The directory of the shell's notes. */
  readonly notes: string;
}

/** There from the start, so that a place where nothing can be written is known before the work. */
export function openDraft(target: string, script: Script): Draft {
  const path = `${target}.partial`;
  try {
    writeFileSync(path, "", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") failTaken(path);
    failOnFile("open", path, error);
  }
  return { target, path, notes: makeNotes(script) };
}

function failTaken(path: string): never {
  fail(
    "already-exists",
    `${path} is there: another session is recorded, or shale was killed in one; read it, then remove it`,
  );
}

/** Tells whoever finds it when shale was killed. */
export function writeWhereabouts({ path, notes }: Draft, container: string): void {
  const text = `# The session is in container ${container}, which stays when shale is killed.
# What was typed is in ${notes}, a file for each command: exit code, directory, command, variables.
# Remove this file and that directory when you have what you need.
`;
  try {
    writeFileSync(path, text);
  } catch {
    // A session that goes on is worth more than this.
  }
}

/** Puts the Dockerfile in its place; the notes stay when that fails. */
export function finishDraft({ path, target, notes }: Draft, text: string): void {
  try {
    writeFileSync(path, text);
    renameSync(path, target);
  } catch (error) {
    fail(
      "failed-precondition",
      `write ${target}: ${messageOf(error)}: what was typed is in ${notes}`,
      error,
    );
  }
}

export function removeDraft({ path, notes }: Draft): void {
  rmSync(path, { force: true });
  rmSync(dirname(notes), { recursive: true, force: true });
}

/** As long as there is no session there is nothing to keep. */
export function removeWhenKilled(draft: Draft): Disposable {
  const ending = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
  const stop = () => {
    for (const signal of ending) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals) => {
    stop();
    removeDraft(draft);
    process.kill(process.pid, signal);
  };
  for (const signal of ending) process.on(signal, end);
  return { [Symbol.dispose]: stop };
}
