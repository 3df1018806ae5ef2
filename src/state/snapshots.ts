import { fail } from "#errors";
import type { ChainId } from "#oci";
import type { Connection } from "./database.ts";
import type { SnapshotRow, SnapshotTable } from "./state.ts";

type Stored = Omit<SnapshotRow, "parent" | "boot"> & {
  parent: ChainId | null;
  boot: string | null;
};

const ANCESTRY = `
  WITH RECURSIVE chain (depth, id, key, parent, driver, kind, created, boot) AS (
    SELECT 0, * FROM snapshots WHERE driver = $driver AND key = $chain AND kind = 'committed'
    UNION ALL
    SELECT depth + 1, s.* FROM chain JOIN snapshots s
      ON s.driver = $driver AND s.key = chain.parent AND s.kind = 'committed'
  ) SELECT id, key, parent, driver, kind, created, boot FROM chain ORDER BY depth`;

const INSERT = `
  INSERT OR IGNORE INTO snapshots (key, parent, driver, kind, created, boot)
  VALUES ($key, $parent, $driver, $kind, $created, $boot) RETURNING *`;

const COMMIT = `
  UPDATE OR IGNORE snapshots SET key = $chain, kind = 'committed', boot = $boot, created = $now
  WHERE id = $id AND kind = 'active'`;

/** The snapshot directories, active and committed. */
export function snapshotTable(db: Connection): SnapshotTable {
  const rows = (sql: string, values = {}) => db.all<Stored>(sql, values).map(asRow);
  return {
    get: (driver, key) =>
      rows("SELECT * FROM snapshots WHERE driver = $driver AND key = $key", { driver, key })[0],
    list: () => rows("SELECT * FROM snapshots ORDER BY id"),
    childrenOf: (driver, chain) =>
      rows("SELECT * FROM snapshots WHERE driver = $driver AND parent = $chain", { driver, chain }),
    ancestry: (driver, chain) => rows(ANCESTRY, { driver, chain }),
    create: (row) => create(db, row),
    commit: (id, chain, boot) =>
      db.write("relaxed", COMMIT, { id, chain, boot, now: Date.now() }) > 0,
    move: (id, change) => move(db, id, change),
    settle: (ids) =>
      db.transaction("durable", () => {
        for (const id of ids)
          db.write("durable", "UPDATE snapshots SET boot = NULL WHERE id = $id", { id });
      }),
    delete: (id) => db.write("durable", "DELETE FROM snapshots WHERE id = $id", { id }) > 0,
  };
}

function move(
  db: Connection,
  id: number,
  change: Partial<Pick<SnapshotRow, "driver" | "key">>,
): void {
  const { driver = null, key = null } = change;
  const sql = `UPDATE snapshots SET driver = coalesce($driver, driver), key = coalesce($key, key)
    WHERE id = $id`;
  db.write("durable", sql, { id, driver, key });
}

function create(db: Connection, row: Parameters<SnapshotTable["create"]>[0]): SnapshotRow {
  const { key, parent = null, driver, kind, boot = null } = row;
  const values = { key, parent, driver, kind, boot, created: Date.now() };
  const stored = db.transaction("relaxed", () => db.get<Stored>(INSERT, values));
  return stored ? asRow(stored) : fail("already-exists", `there is a snapshot ${key} already`);
}

function asRow({ parent, boot, ...rest }: Stored): SnapshotRow {
  return { ...rest, parent: parent ?? undefined, boot: boot ?? undefined };
}
