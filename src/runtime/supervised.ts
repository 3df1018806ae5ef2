import { join } from "node:path";
import { KindedError, messageOf } from "#errors";
import { isAlive, runTool } from "#kernel";
import { Attachment, type AttachOptions } from "./attachment.ts";
import { type Bundle, TOOL_ENVIRONMENT } from "./bundle.ts";
import {
  type ContainerState,
  deleteContainer,
  signalContainer,
  stateOf,
} from "./container-state.ts";
import { readExitCode, waitForExitFile } from "./exit-file.ts";
import type { Runtime } from "./runtime.ts";
import { startFailure } from "./start-failure.ts";

/** Where a supervised container is: with this any process can find it again. */
export interface SupervisedPlace {
  readonly runtime: Runtime;
  readonly id: string;
  readonly bundle: Bundle;
  /** Gets a file of the container's id with its exit code when it has ended. */
  readonly exitDirectory: string;
  /** Its conmon: the pid, and the start that makes it unmistakable. */
  readonly monitor: { readonly pid: number; readonly start: number };
}

/** A container with a supervisor of its own, which outlives us. */
export class Supervised {
  readonly place: SupervisedPlace;
  readonly #monitorGone: Promise<void> | undefined;

  /** `monitorGone` is for the process that made it; others look at the process table. */
  constructor(place: SupervisedPlace, monitorGone?: Promise<void>) {
    this.place = place;
    this.#monitorGone = monitorGone;
  }

  /** Connects to its streams: before `start`, nothing is missed. */
  attach(options: AttachOptions): Attachment {
    return new Attachment(this.place.bundle.directory, options);
  }

  /** Lets the process begin. Fails with {@link StartFailure} when it cannot. */
  async start(): Promise<void> {
    const { runtime, id, bundle } = this.place;
    try {
      await runTool([...runtime.argv, "start", id], { env: TOOL_ENVIRONMENT });
    } catch (error) {
      throw startFailure(messageOf(error), bundle.program);
    }
  }

  /**
   * The exit code, 128 plus the number for a signal, when the container has ended. Fails with
   * `internal` when its supervisor died before it could tell.
   */
  async waitExit(signal?: AbortSignal): Promise<number> {
    const { id, exitDirectory, monitor } = this.place;
    const path = join(exitDirectory, id);
    if (this.#monitorGone === undefined)
      return waitForExitFile(path, () => isAlive(monitor.pid, monitor.start), signal);
    await orAbort(this.#monitorGone, signal);
    const code = readExitCode(path);
    if (code !== undefined) return code;
    throw new KindedError("internal", `the supervisor of ${id} died: its exit code is unknown`);
  }

  /** Sends a signal to the container's first process. */
  kill(signal: number): void {
    signalContainer(this.place.runtime, this.place.id, signal);
  }

  state(): ContainerState | undefined {
    return stateOf(this.place.runtime, this.place.id);
  }

  /** Takes away what the runtime has of it; with `force` it is killed first. */
  delete(options: { force?: boolean } = {}): Promise<void> {
    return deleteContainer(this.place.runtime, this.place.id, options);
  }
}

async function orAbort(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal!.reason);
  signal?.addEventListener("abort", onAbort);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
