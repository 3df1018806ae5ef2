import { existsSync } from "node:fs";
import { readExecExitCode, readExecPid } from "#runtime";
import type { ContainerStore } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import type { Container } from "../record.ts";
import {
  claimEnd,
  type ExecSession,
  listSessions,
  saveExitCode,
  wasStarted,
} from "./session-files.ts";

/** 128 plus SIGKILL: how whatever runs in a container ends with it. */
const KILLED = 137;

/** Its exit code; undefined before it has ended, and when nobody was there to see it end. */
export function exitCodeOf({ containerId, directory }: ExecSession): number | undefined {
  return readExecExitCode({ id: containerId, directory });
}

/** Whether it was started and has not ended. */
export function isRunning(session: ExecSession): boolean {
  if (!wasStarted(session) || exitCodeOf(session) !== undefined) return false;
  const pid = readExecPid(session.directory);
  return pid === undefined || existsSync(`/proc/${pid}`);
}

/** Those that Docker names in a container's document: they run, or wait to be started. */
export function openSessions(store: ContainerStore, containerId: string): string[] {
  const open = listSessions(store, containerId).filter(
    (session) => isRunning(session) || !wasStarted(session),
  );
  return open.map(({ id }) => id);
}

/** Tells that a session has ended: once, however many see it. */
export function endSession(
  store: Pick<ContainerStore, "state">,
  container: Container,
  session: ExecSession,
  exitCode: number,
): void {
  if (exitCodeOf(session) === undefined) saveExitCode(session, exitCode);
  if (!claimEnd(session)) return;
  noteEvent(store, container, "exec_die", { execID: session.id, exitCode: String(exitCode) });
}

/** The same of all that a container takes with it as it ends. */
export function endSessions(store: ContainerStore, container: Container): void {
  for (const session of listSessions(store, container.id).filter(wasStarted))
    endSession(store, container, session, exitCodeOf(session) ?? KILLED);
}
