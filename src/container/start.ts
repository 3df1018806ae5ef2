import { messageOf } from "#errors";
import type { Attachment } from "#network";
import {
  type Bundle,
  createSupervised,
  type MountTargets,
  StartFailure,
  type Supervised,
} from "#runtime";
import { prepareBundle } from "./bundle.ts";
import { type ContainerStore, exitsOf, placesOf } from "./container-store.ts";
import { eraseLocked, saveContainer } from "./finish.ts";
import { lockContainer } from "./lock.ts";
import { type Container, parseContainer } from "./record.ts";
import { releaseContainer } from "./release.ts";
import { advance, isUp } from "./status.ts";

/** A container that runs, and what this process alone knows of it. */
export interface Started {
  readonly supervised: Supervised;
  readonly targets: MountTargets;
}

export interface StartOptions {
  /** Called when its streams are there and its process has not begun. */
  readonly connect: (supervised: Supervised) => void;
  readonly signal?: AbortSignal;
}

/**
 * Starts a container; undefined when it is up already. The record says "running" before the process begins, so
 * that no crash leaves one that nobody knows of.
 */
export async function startContainer(
  store: ContainerStore,
  id: string,
  { connect, ...options }: StartOptions,
): Promise<Started | undefined> {
  await using _ = await lockContainer(store, id);
  const container = parseContainer(store.state.containers.get(id)!);
  if (isUp(container.status)) return undefined;
  const status = advance(container.status, "start", container.name);
  try {
    const { bundle, attachment, targets } = await prepareBundle(store, container, options);
    const supervised = await supervise(store, container, bundle, options);
    connect(supervised);
    const { monitor } = supervised.place;
    const running = {
      runtime: store.runtime.name,
      monitor,
      pid: supervised.state()?.pid,
      endpoints: endpointsOf(container, attachment),
    };
    const fresh = { started: Date.now(), exitCode: 0, error: "", starter: undefined };
    saveContainer(store, {
      ...container,
      status,
      record: { ...container.record, ...running, ...fresh },
    });
    await supervised.start();
    return { supervised, targets };
  } catch (error) {
    await abandon(store, container, error);
    throw error;
  }
}

function supervise(
  store: ContainerStore,
  { id, record }: Container,
  bundle: Bundle,
  options: { signal?: AbortSignal },
): Promise<Supervised> {
  const { config } = record;
  return createSupervised({
    runtime: store.runtime,
    id,
    bundle,
    exitDirectory: exitsOf(store.runtimeDirectory),
    logPath: placesOf(store, id).log,
    stdin: config.OpenStdin ?? false,
    keepStdinOpen: (config.OpenStdin ?? false) && !(config.StdinOnce ?? false),
    ...options,
  });
}

/** What could not start keeps its old status, with the reason; like Docker's it may be removed. */
async function abandon(store: ContainerStore, container: Container, error: unknown): Promise<void> {
  const { id, record } = container;
  await releaseContainer(store, id, { force: true });
  if (record.hostConfig.AutoRemove) {
    await eraseLocked(store, id);
    return;
  }
  const exitCode = error instanceof StartFailure ? error.exitCode : 128;
  const failed = { exitCode, error: messageOf(error), starter: undefined };
  saveContainer(store, { ...container, record: { ...record, ...failed } });
}

/** By the name of the network. */
function endpointsOf({ record }: Container, { endpoint }: Attachment) {
  const [name = "bridge"] = Object.keys(record.networks ?? {});
  return endpoint && { [name]: endpoint };
}
