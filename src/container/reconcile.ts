import { existsSync, readdirSync } from "node:fs";
import { bundlesOf, type ContainerStore, exitsOf, homesOf, statesOf } from "./container-store.ts";
import { hasEnded, isAbandoned, isOrphan } from "./liveness.ts";
import { lockedIds } from "./lock.ts";
import { parseContainer } from "./record.ts";
import { isActive } from "./status.ts";

const ID = /^[0-9a-f]{64}$/;

/**
 * Brings the records and what is there in line, after a kill -9 or a reboot: containers that have
 * ended meanwhile, starts that were broken off, files of containers without a record. When all is
 * well it costs a few directory reads and two queries.
 */
export async function reconcile(store: ContainerStore): Promise<void> {
  // A record comes before its files: what has none now, never gets one.
  const homes = new Set([...readNames(homesOf(store.root)), ...lockedIds(store)]);
  const { runtimeDirectory, network } = store;
  const places = [bundlesOf, statesOf, exitsOf].map((placeOf) => placeOf(runtimeDirectory));
  const seen = new Set([...places.flatMap(readNames).map(idOf), ...network.owners()]);
  const containers = store.state.containers.list().map(parseContainer);
  const known = new Set(containers.map(({ id }) => id));
  const stray = [...homes].filter((home) => !known.has(home));
  const wrong = containers.filter(
    (one) => hasEnded(store, one) || isOrphan(one) || isAbandoned(one),
  );
  const suspects = new Set(wrong.map(({ id }) => id));
  const up = new Set(containers.filter(({ status }) => isActive(status)).map(({ id }) => id));
  for (const id of seen) if (ID.test(id) && !up.has(id)) suspects.add(id);
  if (stray.length + suspects.size > 0) await repairAll(store, stray, suspects);
  await store.network.repair().catch(() => {});
}

async function repairAll(
  store: ContainerStore,
  stray: readonly string[],
  suspects: ReadonlySet<string>,
): Promise<void> {
  const { removeHome, repairContainer } = await import("./repair.ts");
  for (const home of stray) removeHome(store, home);
  // One that cannot be put in order must not keep the others from being used.
  for (const id of suspects) await repairContainer(store, id).catch(() => {});
}

function readNames(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** A supervisor that was killed may leave a draft of its exit file: `<id>.<letters>`. */
function idOf(name: string): string {
  return name.split(".", 1)[0]!;
}
