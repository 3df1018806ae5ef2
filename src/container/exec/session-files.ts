import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import type { ExecConfig } from "../container-service.ts";
import { bundlesOf, type ContainerStore, placesOf } from "../container-store.ts";
import { createId } from "../names.ts";

type Owner = Pick<ContainerStore, "root" | "runtimeDirectory">;

/** A process that is, was or will be run in a container beside its own; it goes with the bundle. */
export interface ExecSession {
  readonly id: string;
  readonly containerId: string;
  readonly config: ExecConfig;
  readonly directory: string;
}

const ID = /^[0-9a-f]{64}$/;
/** How long one that has ended can still be asked about; Docker's is the same. */
const KEPT_MS = 5 * 60_000;

/** Those of the container that ended long ago go at the same time. */
export function createSession(store: Owner, containerId: string, config: ExecConfig): ExecSession {
  const directory = sessionsOf(store, containerId);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  sweep(directory, containerId);
  const session = { id: createId(), containerId, config };
  const own = join(directory, session.id);
  mkdirSync(own, { mode: 0o700 });
  writeFileSync(configOf(own), JSON.stringify(config), { mode: 0o600 });
  return { ...session, directory: own };
}

/** Fails with `not-found` in Docker's words. */
export function findSession(store: Owner, id: string): ExecSession {
  const owners = ID.test(id) ? namesIn(bundlesOf(store.runtimeDirectory)) : [];
  for (const containerId of owners) {
    const session = sessionIn(join(sessionsOf(store, containerId), id), id, containerId);
    if (session) return session;
  }
  return fail("not-found", `No such exec instance: ${id}`);
}

/** Takes it for whoever starts it; fails with `conflict` when somebody has. */
export function claimSession({ id, directory }: ExecSession): void {
  try {
    mkdirSync(claimOf(directory));
  } catch (error) {
    fail("conflict", `Exec command ${id} was started already`, error);
  }
}

export function wasStarted({ directory }: ExecSession): boolean {
  return existsSync(claimOf(directory));
}

/** Of a container, those that are to be started, run, or have ended not long ago. */
export function listSessions(store: Owner, containerId: string): ExecSession[] {
  const directory = sessionsOf(store, containerId);
  return namesIn(directory).flatMap((id) => sessionIn(join(directory, id), id, containerId) ?? []);
}

/** Takes it for whoever tells that it has ended; false when somebody has, or when it is gone. */
export function claimEnd({ directory }: ExecSession): boolean {
  try {
    mkdirSync(join(directory, "ended"));
    return true;
  } catch {
    return false;
  }
}

/** Leaves its exit code where a supervisor would; the container may have gone with the bundle. */
export function saveExitCode({ directory, containerId }: ExecSession, exitCode: number): void {
  if (existsSync(directory)) writeFileSync(join(directory, containerId), String(exitCode));
}

function sweep(directory: string, containerId: string): void {
  const oldest = Date.now() - KEPT_MS;
  for (const name of namesIn(directory)) {
    const ended = statSync(join(directory, name, containerId), { throwIfNoEntry: false });
    if (ended && ended.mtimeMs < oldest) rmSync(join(directory, name), { recursive: true });
  }
}

function sessionIn(directory: string, id: string, containerId: string): ExecSession | undefined {
  const config = readConfig(directory);
  return config && { id, containerId, config, directory };
}

function readConfig(directory: string): ExecConfig | undefined {
  try {
    return JSON.parse(readFileSync(configOf(directory), "utf8"));
  } catch {
    return undefined;
  }
}

/** The directory with one for each session of a container; missing when it has had none. */
export function sessionsOf(store: Owner, containerId: string): string {
  return join(placesOf(store, containerId).bundle, "execs");
}

function configOf(directory: string): string {
  return join(directory, "config.json");
}

function claimOf(directory: string): string {
  return join(directory, "started");
}

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
