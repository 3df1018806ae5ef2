import { kindOf } from "#errors";
import { parseSignal } from "#kernel";
import { freezeContainer, type Runtime, signalContainer, stateOf } from "#runtime";
import type { StopOptions } from "../container-service.ts";
import { type ContainerStore, runtimeOf } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import { saveContainer } from "../finish.ts";
import { lockContainer } from "../lock.ts";
import { type Container, parseContainer } from "../record.ts";
import { releaseContainer } from "../release.ts";
import { advance, isActive } from "../status.ts";
import { waitForEnd } from "./wait.ts";

const SIGKILL = 9;
const DEFAULT_SECONDS = 10;
const SECOND = 1000;

export interface StopReason extends StopOptions {
  /** It is started again at once, and therefore not removed. */
  readonly restarts?: boolean;
}

/** Asks a container to end, and kills it when it does not; false when it was down already. */
export async function stopContainer(
  store: ContainerStore,
  { id }: Pick<Container, "id">,
  { timeout, signal, restarts = false }: StopReason,
): Promise<boolean> {
  const asked = signal === undefined ? undefined : parseSignal(signal);
  const container = await markStopped(store, id, restarts);
  if (container === undefined) return false;
  if (container.status !== "exited") {
    const { StopSignal, StopTimeout } = container.record.config;
    await signalOnce(store, container, asked ?? parseSignal(StopSignal || "SIGTERM"));
    const seconds = timeout ?? StopTimeout ?? DEFAULT_SECONDS;
    const resumed = { ...container, status: "running" } as const;
    if (!(await endsWithin(store, resumed, seconds))) await killNow(store, resumed);
  }
  noteEvent(store, container, "stop");
  return true;
}

/** Sends a signal; SIGKILL has taken effect when this is done. */
export async function killContainer(
  store: ContainerStore,
  found: Container,
  signal: number,
): Promise<void> {
  advance(found, "kill");
  const { StopSignal } = found.record.config;
  const ends = !StopSignal || signal === SIGKILL || parseSignal(StopSignal) === signal;
  const container = ends ? await markStopped(store, found.id) : found;
  if (container === undefined) advance({ ...found, status: "exited" }, "kill");
  else if (container.status === "exited") return;
  else if (signal === SIGKILL) await killNow(store, container);
  else await signalOnce(store, container, signal);
}

/**
 * Notes that it is to stay down, before it ends. Nobody starts one again that only waits to be;
 * undefined when it is down already.
 */
async function markStopped(
  store: ContainerStore,
  id: string,
  keep = false,
): Promise<Container | undefined> {
  await using _ = await lockContainer(store, id);
  const row = store.state.containers.get(id);
  const container = row && parseContainer(row);
  if (!container || !isActive(container.status)) return undefined;
  const marked = { ...container, record: { ...container.record, stopped: true, keep } };
  if (container.status !== "restarting") {
    saveContainer(store, marked);
    return marked;
  }
  const { monitor, ...record } = marked.record;
  const exited = { ...marked, status: advance(container, "exit"), record };
  saveContainer(store, exited);
  await releaseContainer(store, id, { monitor });
  return exited;
}

async function killNow(store: ContainerStore, container: Container): Promise<void> {
  await signalOnce(store, container, SIGKILL);
  await waitForEnd(store, container);
}

/** One that stands still hears of it when it goes on. That it has just ended is no failure. */
async function signalOnce(
  store: ContainerStore,
  container: Container,
  signal: number,
): Promise<void> {
  const { id, status, record } = container;
  const runtime = runtimeOf(store, container);
  try {
    signalContainer(runtime, id, signal);
  } catch (error) {
    if (kindOf(error) !== "failed-precondition") throw error;
    return;
  }
  noteEvent(store, container, "kill", { signal: String(signal) });
  if (status === "paused" && record.stopped) await resume(runtime, id);
}

/** One that has died of the signal while it stood still cannot go on. */
async function resume(runtime: Runtime, id: string): Promise<void> {
  try {
    await freezeContainer(runtime, id, "resume");
  } catch (error) {
    if (stateOf(runtime, id)?.status === "running") throw error;
  }
}

/** Whether it has ended after so many seconds; -1 is for ever. */
async function endsWithin(
  store: ContainerStore,
  container: Container,
  seconds: number,
): Promise<boolean> {
  const signal = seconds < 0 ? undefined : AbortSignal.timeout(seconds * SECOND);
  try {
    await waitForEnd(store, container, { signal });
    return true;
  } catch (error) {
    if (!signal?.aborted) throw error;
    return false;
  }
}
