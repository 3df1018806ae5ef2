import { fail } from "#errors";
import type { Connection } from "./database.ts";
import type { Lease, LeaseHold, LeaseResource, LeaseTable } from "./state.ts";

/** Who has a lease: pids are used again, so the start time and the boot belong to it. */
interface Holder {
  readonly pid: number;
  readonly start: number;
  readonly boot: string;
}

/** Tells processes apart; `kernel` knows how. */
export interface ProcessTable {
  bootId(): string;
  processStart(pid: number): number | undefined;
}

const INSERT = "INSERT INTO leases VALUES ($id, $purpose, $pid, $start, $boot, $created)";
const HOLD = "INSERT OR IGNORE INTO holds VALUES ($lease, $resource, $key)";

/** What living processes rely on. Disposing it lets go of what was opened here and is open still. */
export function leaseTable(db: Connection, processes: () => ProcessTable): LeaseTable & Disposable {
  const open = new Set<Lease>();
  return {
    open: (purpose) => {
      const lease = openLease(db, purpose, self(processes()), () => open.delete(lease));
      open.add(lease);
      return lease;
    },
    held: () => {
      dropDead(db, processes());
      return db.all<LeaseHold>("SELECT DISTINCT resource, key FROM holds ORDER BY resource, key");
    },
    [Symbol.dispose]: () => {
      if (open.size === 0) return;
      db.transaction("relaxed", () => {
        for (const lease of open) lease[Symbol.dispose]();
      });
    },
  };
}

function self(processes: ProcessTable): Holder {
  const { pid } = process;
  return { pid, start: processes.processStart(pid) ?? 0, boot: processes.bootId() };
}

function openLease(db: Connection, purpose: string, holder: Holder, onDrop: () => void): Lease {
  const id = crypto.randomUUID();
  let open = true;
  db.write("relaxed", INSERT, { id, purpose, ...holder, created: Date.now() });
  return {
    id,
    hold: (resource, ...keys) => {
      if (!open) fail("internal", `the lease of ${purpose} is closed: it can hold nothing more`);
      hold(db, id, resource, keys);
    },
    [Symbol.dispose]: () => {
      if (!open) return;
      drop(db, id);
      open = false;
      onDrop();
    },
  };
}

function hold(db: Connection, lease: string, resource: LeaseResource, keys: string[]): void {
  db.transaction("relaxed", () => {
    for (const key of keys) db.write("relaxed", HOLD, { lease, resource, key });
  });
}

function drop(db: Connection, id: string): void {
  db.transaction("relaxed", () => {
    db.write("relaxed", "DELETE FROM holds WHERE lease = $id", { id });
    db.write("relaxed", "DELETE FROM leases WHERE id = $id", { id });
  });
}

function dropDead(db: Connection, processes: ProcessTable): void {
  const boot = processes.bootId();
  const dead = db
    .all<Holder & { id: string }>("SELECT id, pid, start, boot FROM leases")
    .filter((lease) => lease.boot !== boot || processes.processStart(lease.pid) !== lease.start);
  if (dead.length === 0) return;
  db.transaction("relaxed", () => {
    for (const { id } of dead) drop(db, id);
  });
}
