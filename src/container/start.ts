import { messageOf } from "#errors";
import { closeFd } from "#kernel";
import type { Attachment } from "#network";
import {
  type Bundle,
  createSupervised,
  type MountTargets,
  StartFailure,
  type Supervised,
} from "#runtime";
import { prepareBundle } from "./bundle.ts";
import { type ContainerStore, exitsOf, runtimeOf } from "./container-store.ts";
import { noteEvent } from "./events.ts";
import { currentContainer } from "./find.ts";
import { eraseLocked, saveContainer } from "./finish.ts";
import { exitCommand } from "./life/exit-command.ts";
import { lockContainer } from "./lock.ts";
import { logOptions, watchLog } from "./logs/rotation.ts";
import type { Container, ContainerRecord } from "./record.ts";
import { releaseContainer } from "./release.ts";
import { advance, isActive } from "./status.ts";

/** A container that runs, and what this process alone knows of it. */
export interface Started {
  readonly supervised: Supervised;
  readonly targets: MountTargets;
}

export interface StartOptions {
  /** Called when its streams are there and its process has not begun. */
  readonly connect?: (supervised: Supervised) => void;
  /** This process will be there when it ends, and deal with it; others leave that to it for a while. */
  readonly attended?: boolean;
  readonly signal?: AbortSignal;
}

interface SuperviseOptions extends Pick<StartOptions, "attended" | "signal"> {
  readonly held: readonly number[];
}

/** Seconds that a process has which wants to deal with the end itself. */
const ATTENDED_SECONDS = 1;

/** Starts a container; undefined when it is up already. */
export async function startContainer(
  store: ContainerStore,
  { id }: Pick<Container, "id">,
  options: StartOptions,
): Promise<Started | undefined> {
  await using _ = await lockContainer(store, id);
  const container = currentContainer(store.state.containers, id);
  if (isActive(container.status) && container.status !== "paused") return undefined;
  const anew = { stopped: false, keep: false, restartCount: 0, restartDelay: undefined };
  const fresh = { ...container, record: { ...container.record, ...anew } };
  return await startLocked(store, fresh, options);
}

/**
 * The same for one who has its lock. The record says "running" before the process begins, so
 * that no crash leaves one that nobody knows of.
 */
export async function startLocked(
  store: ContainerStore,
  container: Container,
  { connect, ...options }: StartOptions,
): Promise<Started> {
  const status = advance(container, "start");
  try {
    const { bundle, attachment, targets } = await prepareBundle(store, container, options);
    const { held = [] } = attachment;
    const supervised = await supervise(store, container, bundle, { ...options, held });
    connect?.(supervised);
    const record = recordOf(container, supervised, attachment);
    saveContainer(store, { ...container, status, record });
    await supervised.start();
    noteEvent(store, container, "start");
    watchLog(store, container);
    if (record.config.Healthcheck) await watch(store, { ...container, record });
    return { supervised, targets };
  } catch (error) {
    await abandon(store, container, error);
    throw error;
  }
}

async function watch(store: ContainerStore, container: Container): Promise<void> {
  const { watchHealth } = await import("./health/watch-health.ts");
  watchHealth(store, container);
}

function recordOf(
  { record }: Container,
  supervised: Supervised,
  { endpoints, ports }: Attachment,
): ContainerRecord {
  return {
    ...record,
    runtime: supervised.place.runtime.name,
    monitor: supervised.place.monitor,
    pid: supervised.state()?.pid,
    endpoints,
    ports,
    started: Date.now(),
    exitCode: 0,
    error: "",
    oomKilled: false,
    starter: undefined,
  };
}

async function supervise(
  store: ContainerStore,
  container: Container,
  bundle: Bundle,
  { attended = false, held, ...options }: SuperviseOptions,
): Promise<Supervised> {
  const { id, record } = container;
  const { config } = record;
  // From here on the supervisor keeps what holds its ports.
  using _ = { [Symbol.dispose]: () => held.forEach(closeFd) };
  return await createSupervised({
    runtime: runtimeOf(store, container),
    id,
    bundle,
    exitDirectory: exitsOf(store.runtimeDirectory),
    ...logOptions(store, container),
    stdin: config.OpenStdin ?? false,
    // A terminal has no end of input: one who detaches comes back to it.
    keepStdinOpen: (config.OpenStdin ?? false) && ((config.Tty ?? false) || !config.StdinOnce),
    exitCommand: exitCommand(store, id),
    keepOpen: held,
    ...(attended && { exitDelay: ATTENDED_SECONDS }),
    ...options,
  });
}

/** What could not start keeps its old status, with the reason; like Docker's it may be removed. */
async function abandon(store: ContainerStore, container: Container, error: unknown): Promise<void> {
  const { id, record } = container;
  await releaseContainer(store, id, { force: true, runtime: runtimeOf(store, container) });
  if (record.hostConfig.AutoRemove) {
    await eraseLocked(store, container);
    return;
  }
  const exitCode = error instanceof StartFailure ? error.exitCode : 128;
  const failed = { exitCode, error: messageOf(error), starter: undefined };
  const status = container.status === "restarting" ? "exited" : container.status;
  saveContainer(store, { ...container, status, record: { ...record, ...failed } });
}
