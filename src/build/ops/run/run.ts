import { fail } from "#errors";
import { addLayer, ensureUnpacked, layerSource } from "#image";
import { chainOf, digestOf } from "#oci";
import type { ActiveSnapshot } from "#snapshot";
import type { RunOperation } from "../../plan.ts";
import type { BuildSession } from "../../session.ts";
import type { RootState } from "../../solver/root-state.ts";
import type { Vertex } from "../../solver/solver.ts";
import type { StepResult } from "../../solver/step-cache.ts";
import type { StepLog } from "../../solver/step-log.ts";
import { runInContainer } from "./run-in-container.ts";

/** A tar of nothing: two blocks of zeros. */
const EMPTY_TAR_BYTES = 1024;

/** A RUN on top of `parent`: a container whose changes become a layer. */
export function runVertex(
  operation: RunOperation,
  parent: RootState,
  session: BuildSession,
): Vertex {
  const { args, env, user, directory, script } = operation;
  const words = ["run", parent.chain ?? "", args, env, user, directory, script ?? null];
  return {
    key: digestOf(JSON.stringify(words)),
    async execute(log) {
      return { result: await runStep(operation, parent, session, log), cacheable: true };
    },
  };
}

async function runStep(
  operation: RunOperation,
  parent: RootState,
  session: BuildSession,
  log: StepLog,
): Promise<StepResult> {
  const snapshot = await prepareSnapshot(parent, session);
  let kept = false;
  try {
    const exitCode = await runInContainer(operation, snapshot, session, log);
    if (exitCode !== 0) failRun(operation, exitCode);
    const result = await keepChanges(snapshot, session);
    kept = result.layer !== undefined;
    return result;
  } finally {
    if (!kept) await snapshot.remove();
  }
}

async function prepareSnapshot(
  { layers }: RootState,
  { store, lease, signal }: BuildSession,
): Promise<ActiveSnapshot> {
  const chain = await ensureUnpacked(store, layers, lease, { signal });
  const key = `build-${crypto.randomUUID()}`;
  lease.hold("snapshot", key);
  const snapshotter = await store.snapshotter();
  return snapshotter.prepare(chain, key);
}

/** The changes as a layer, and the tree that has them as the snapshot of the new chain. */
async function keepChanges(
  snapshot: ActiveSnapshot,
  { store, lease, signal }: BuildSession,
): Promise<StepResult> {
  const created = new Date().toISOString();
  const row = await addLayer(store, snapshot.diff({ signal }), lease, { signal });
  if (row.blobSize <= EMPTY_TAR_BYTES) return { layer: undefined, size: 0, created };
  const chain = chainOf(snapshot.parent, row.diffId);
  lease.hold("snapshot", chain);
  await snapshot.commit({ chain, parent: snapshot.parent, ...layerSource(store, row.diffId) });
  return { layer: row.diffId, size: row.size, created };
}

/** In BuildKit's words. */
function failRun({ args }: RunOperation, exitCode: number): never {
  fail(
    "failed-precondition",
    `process "${args.join(" ")}" did not complete successfully: exit code: ${exitCode}`,
  );
}
