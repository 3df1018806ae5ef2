import { accessSync, closeSync, constants, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { fail, kindOf, messageOf } from "#errors";
import { addressTable } from "./addresses.ts";
import { cacheTable } from "./cache.ts";
import { containerTable } from "./containers.ts";
import { Connection } from "./database.ts";
import { eventTable } from "./events.ts";
import { factTable } from "./facts.ts";
import { imageTable, nameTable } from "./images.ts";
import { layerTable } from "./layers.ts";
import { leaseTable, type ProcessTable } from "./leases.ts";
import { networkTable } from "./networks.ts";
import { layInReserve, spendReserve } from "./reserve.ts";
import { migrate } from "./schema.ts";
import { snapshotTable } from "./snapshots.ts";
import type { State } from "./state.ts";
import { volumeTable } from "./volumes.ts";

export const DATABASE_FILE = "db.sqlite";

/** Longer than any transaction of ours takes, garbage collection of a large store included. */
const BUSY_TIMEOUT_MS = 30_000;

/**
 * Opens the records of the store at `root`, made when there are none. Fails with
 * `permission-denied` when it cannot be written, with `failed-precondition` when a newer
 * program wrote it, with `data-loss` when it is damaged.
 */
export function openState(root: string): State {
  const connection = openConnection(root);
  const leases = leaseTable(connection, processTable);
  return {
    images: imageTable(connection),
    names: nameTable(connection),
    layers: layerTable(connection),
    snapshots: snapshotTable(connection),
    cache: cacheTable(connection),
    containers: containerTable(connection),
    leases,
    addresses: addressTable(connection),
    facts: factTable(connection),
    volumes: volumeTable(connection),
    networks: networkTable(connection),
    events: eventTable(connection),
    transaction: (work, { durable = true } = {}) =>
      connection.transaction(durable ? "durable" : "relaxed", work),
    [Symbol.dispose]: () => close(connection, leases),
  };
}

/** A disk that is full must not keep anybody from ending: the leases of the dead count for nothing. */
function close(connection: Connection, leases: Disposable): void {
  try {
    leases[Symbol.dispose]();
  } catch {
  } finally {
    connection[Symbol.dispose]();
  }
}

/** Loaded when a lease is: what only reads has no use for it. */
function processTable(): ProcessTable {
  return require("#kernel") as typeof import("#kernel");
}

function openConnection(root: string): Connection {
  makeWritable(root, join(root, DATABASE_FILE));
  for (;;)
    try {
      return connect(root);
    } catch (error) {
      if (kindOf(error) !== "resource-exhausted" || !spendReserve(root)) throw error;
    }
}

function connect(root: string): Connection {
  const connection = new Connection(join(root, DATABASE_FILE), BUSY_TIMEOUT_MS, () =>
    spendReserve(root),
  );
  try {
    if (connection.isEmpty()) connection.useWriteAheadLog();
    migrate(connection);
    layInReserve(root);
    return connection;
  } catch (error) {
    connection[Symbol.dispose]();
    throw error;
  }
}

/** SQLite's own text for all of these is "unable to open database file". */
function makeWritable(root: string, path: string): void {
  try {
    mkdirSync(root, { recursive: true, mode: 0o711 });
    accessSync(root, constants.W_OK);
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  } catch (error) {
    fail(
      "permission-denied",
      `cannot write to the store at ${root}: ${messageOf(error)}; use another root or user`,
      error,
    );
  }
}
