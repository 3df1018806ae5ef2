import { setTimeout as sleep } from "node:timers/promises";
import type { ExitStatus, WaitOptions } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import { finishContainer } from "../finish.ts";
import { type Container, type ContainerRecord, parseContainer } from "../record.ts";
import type { Started } from "../start.ts";
import { isActive, isUp } from "../status.ts";
import { supervisedOf } from "../supervised.ts";

const POLL_MS = 50;

/**
 * Waits until a container that is up has ended, and sees that this is recorded. `started` is what
 * the process knows that started it. Fails with the reason of `signal`.
 */
export async function waitForEnd(
  store: ContainerStore,
  container: Container,
  { started, signal }: { started?: Started | undefined; signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const { id } = container;
  const supervised = started?.supervised ?? supervisedOf(store, container);
  const seen = await supervised.waitExit(signal).catch(() => {
    signal?.throwIfAborted();
    return undefined;
  });
  await finishContainer(store, id, { targets: started?.targets });
  return seen ?? lastExitCode(store, id);
}

/** Waits as `wait` does for one that this process has not started. */
export async function waitForContainer(
  store: ContainerStore,
  { id, record: { finished } }: Container,
  { condition = "not-running", signal }: WaitOptions,
): Promise<ExitStatus> {
  let exit: ExitStatus | undefined;
  for (;;) {
    const row = store.state.containers.get(id);
    if (row === undefined) return exit ?? { exitCode: lastExitCode(store, id) };
    const container = parseContainer(row);
    const { status, record } = container;
    if (isUp(status)) exit = { exitCode: await waitForEnd(store, container, { signal }) };
    else if (record.finished !== finished) exit = exitStatus(record);
    else if (condition === "not-running" && !isActive(status)) return exitStatus(record);
    if (exit && condition !== "removed") return exit;
    await sleep(POLL_MS, undefined, { ...(signal && { signal }) });
  }
}

function exitStatus({ exitCode, error }: ContainerRecord): ExitStatus {
  return { exitCode, ...(error !== "" && { error }) };
}

/** Somebody else was faster, and its record may be gone or tell of another run by now. */
function lastExitCode({ state }: ContainerStore, id: string): number {
  const ends = state.events
    .after(0)
    .filter(({ action, actor }) => action === "die" && actor === id);
  return Number(ends.at(-1)?.attributes.exitCode ?? 0);
}
