import { existsSync, rmSync } from "node:fs";
import type { MountTargets } from "#runtime";
import { activeSnapshot } from "./bundle.ts";
import {
  type ContainerStore,
  placesOf,
  readExit,
  removeExit,
  runtimeOf,
} from "./container-store.ts";
import { noteEvent } from "./events.ts";
import { sessionsOf } from "./exec/session-files.ts";
import { forgetHealth } from "./health/health.ts";
import { startExitCommand } from "./life/exit-command.ts";
import { restartDelay, shouldRestart } from "./life/restart-policy.ts";
import { hasEnded, isSupervised } from "./liveness.ts";
import { lockContainer, removeLock } from "./lock.ts";
import { releaseVolumes } from "./mounts/claims.ts";
import { type Container, formatContainer, parseContainer } from "./record.ts";
import { releaseContainer } from "./release.ts";
import { wasOomKilled } from "./stats/oom-killed.ts";
import { advance } from "./status.ts";

export interface FinishOptions {
  /** What was made in its root to mount on, when this process did it. */
  readonly targets?: MountTargets | undefined;
}

/** Docker's exit code for one that ended without anybody there to see it. */
const UNKNOWN = 255;

/** Records that a container has ended, once: gives it all back and removes it if it wanted so. */
export async function finishContainer(
  store: ContainerStore,
  id: string,
  options: FinishOptions = {},
): Promise<void> {
  await using _ = await lockContainer(store, id);
  const row = store.state.containers.get(id);
  const container = row && parseContainer(row);
  if (container && hasEnded(store, container)) await finishLocked(store, container, options);
}

/** The same for one who has the lock and knows that it has ended; gives it as it is then. */
export async function finishLocked(
  store: ContainerStore,
  container: Container,
  { targets }: FinishOptions = {},
): Promise<Container | undefined> {
  const { id, record } = container;
  const ended = endOf(store, container);
  const monitor = ended.status === "restarting" ? undefined : record.monitor;
  const force = readExit(store, id) === undefined;
  const runtime = runtimeOf(store, container);
  await tellEnd(store, container, ended);
  await releaseContainer(store, id, { force, targets, monitor, runtime });
  if (record.hostConfig.AutoRemove && !record.keep) return await eraseLocked(store, ended);
  const settled = withRestarter(store, ended);
  saveContainer(store, settled);
  removeExit(store, id);
  return settled;
}

/**
 * Notes its end before anything of it goes, as Docker does; the record remembers that, in case
 * somebody else has to go on.
 */
async function tellEnd(store: ContainerStore, container: Container, ended: Container) {
  const { record } = container;
  if (record.endTold) return;
  if (existsSync(sessionsOf(store, container.id))) {
    const { endSessions } = await import("./exec/session-end.ts");
    endSessions(store, container);
  }
  const told = { ...container, record: { ...record, endTold: true } };
  const tell = () => {
    saveContainer(store, told);
    noteEnd(store, ended);
  };
  store.state.transaction(tell, { durable: false });
}

/** One that restarts though its supervisor has been killed needs somebody else to do it. */
function withRestarter(store: ContainerStore, container: Container): Container {
  const { id, status, record } = container;
  if (status !== "restarting" || isSupervised(record)) return container;
  return { ...container, record: { ...record, monitor: startExitCommand(store, id) } };
}

/** It as its end leaves it. A machine that went down with it starts it by `restore`, not here. */
function endOf(store: ContainerStore, container: Container): Container {
  const { id } = container;
  const exit = readExit(store, id) ?? { code: UNKNOWN, time: Date.now() };
  const { pid: _pid, endpoints: _endpoints, ports: _ports, endTold: _, ...rest } = container.record;
  const oomKilled = wasOomKilled(store, container);
  const record = { ...rest, exitCode: exit.code, oomKilled, finished: exit.time };
  if (record.stopped || !shouldRestart(record) || !existsSync(placesOf(store, id).bundle)) {
    const { monitor: _monitor, ...down } = record;
    return { ...container, status: advance(container, "exit"), record: down };
  }
  const restartCount = (record.restartCount ?? 0) + 1;
  const again = { ...record, restartCount, restartDelay: restartDelay(record) };
  return { ...container, status: advance(container, "retry"), record: again };
}

function noteEnd(store: ContainerStore, container: Container): void {
  const { exitCode, started = 0, finished = 0, oomKilled } = container.record;
  const execDuration = String(Math.floor((finished - started) / 1000));
  if (oomKilled) noteEvent(store, container, "oom");
  noteEvent(store, container, "die", { execDuration, exitCode: String(exitCode) });
}

/**
 * Removes the record, the writable snapshot and the files of a container that has been released,
 * and its anonymous volumes unless they are to stay.
 */
export async function eraseLocked(
  store: ContainerStore,
  container: Container,
  { volumes = true }: { volumes?: boolean } = {},
): Promise<undefined> {
  const { id } = container;
  const snapshotter = await store.snapshotter();
  await releaseVolumes(store, container, { volumes });
  let removing: Promise<void> | undefined;
  store.state.transaction(() => {
    if (store.state.containers.delete(id)) noteEvent(store, container, "destroy");
    forgetHealth(store.state, id);
    removing = activeSnapshot(snapshotter, id)?.remove();
  });
  await removing;
  rmSync(placesOf(store, id).home, { recursive: true, force: true });
  removeExit(store, id);
  removeLock(store, id);
}

export function saveContainer(store: ContainerStore, container: Container): void {
  const { id, name, status, record } = formatContainer(container);
  store.state.containers.update(id, { name, status, record });
}
