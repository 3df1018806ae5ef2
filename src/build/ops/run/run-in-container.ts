import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mountAll, unmountAll } from "#kernel";
import {
  type BindMount,
  createSpec,
  prepareMountTargets,
  type RuntimeSpec,
  resolveUser,
  runForeground,
  writeBundle,
} from "#runtime";
import type { ActiveSnapshot } from "#snapshot";
import { SCRIPT_DIRECTORY } from "../../compile/run-operation.ts";
import type { RunOperation } from "../../plan.ts";
import type { BuildSession } from "../../session.ts";
import type { StepLog } from "../../solver/step-log.ts";
import { type ContainerSlot, HOSTNAME } from "./container-pool.ts";

const CONTAINERS = "containers";

/**
 * Runs the command of a RUN in a container on a snapshot; gives its exit code. Fails as
 * `runForeground` does, and with the signal's reason on abort; nothing of the container is left.
 */
export async function runInContainer(
  operation: RunOperation,
  snapshot: ActiveSnapshot,
  session: BuildSession,
  log: StepLog,
): Promise<number> {
  const { containers, signal } = session;
  const { directory } = containers;
  const id = `build-${directory.id}-${crypto.randomUUID().slice(0, 8)}`;
  const slot = await containers.take();
  const bundle = directory.make(CONTAINERS, id);
  const rootfs = directory.make(CONTAINERS, id, "rootfs");
  const mounts = snapshot.mounts({ volatile: true });
  mountAll(mounts, rootfs);
  try {
    const spec = specOf(operation, rootfs, bundle, slot);
    const targets = prepareMountTargets(rootfs, spec.mounts);
    const { exitCode } = await runForeground({
      ...{ runtime: slot.runtime, bundle: writeBundle(slot.runtime, bundle, spec), id, signal },
      stdout: lines(1, log),
      stderr: lines(2, log),
    });
    targets.cleanup();
    return exitCode;
  } finally {
    unmountAll(mounts, rootfs);
    rmSync(bundle, { recursive: true });
    containers.give(slot);
  }
}

function specOf(
  operation: RunOperation,
  rootfs: string,
  bundle: string,
  { runtime, attachment, files }: ContainerSlot,
): RuntimeSpec {
  const { namespace } = attachment;
  return createSpec({
    host: runtime,
    rootfs,
    args: operation.args,
    env: [...operation.env, ...operation.proxy],
    cwd: operation.directory,
    user: resolveUser(operation.user, rootfs),
    hostname: HOSTNAME,
    network: namespace === undefined ? "host" : { path: namespace },
    mounts: [...fileMounts(files), ...scriptMounts(operation, bundle)],
  });
}

function fileMounts(files: ReadonlyMap<string, string>): BindMount[] {
  return [...files].map(([target, source]) => ({ kind: "bind", source, target, readOnly: true }));
}

/** A heredoc with a `#!` line is a file of its own, which no layer gets. */
function scriptMounts({ script }: RunOperation, bundle: string): BindMount[] {
  if (script === undefined) return [];
  const path = join(bundle, script.name);
  writeFileSync(path, script.text);
  chmodSync(path, 0o755);
  const target = `${SCRIPT_DIRECTORY}/${script.name}`;
  return [{ kind: "bind", source: path, target, readOnly: true }];
}

/** Passes output on as text; a character that is cut in two waits for its other half. */
function lines(stream: 1 | 2, log: StepLog): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  return (chunk) => {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== "") log.output(stream, text);
  };
}

/** The containers that an abandoned build may have started. */
export function containersOf(directory: { list(name: string): string[] }): string[] {
  return directory.list(CONTAINERS);
}
