import { fail } from "#errors";
import type { Digest } from "#oci";
import type { Connection } from "./database.ts";
import type { ContainerRow, ContainerTable } from "./state.ts";

type Stored = Omit<ContainerRow, "image"> & { image: Digest | null };

const INSERT = `
  INSERT OR IGNORE INTO containers VALUES ($id, $name, $image, $status, $created, $record)`;

const UPDATE = `
  UPDATE OR IGNORE containers SET name = coalesce($name, name),
    status = coalesce($status, status), record = coalesce($record, record)
  WHERE id = $id`;

/** The containers of the store. */
export function containerTable(db: Connection): ContainerTable {
  const rows = (sql: string, values = {}) => db.all<Stored>(sql, values).map(asRow);
  const get = (id: string) => rows("SELECT * FROM containers WHERE id = $id", { id })[0];
  return {
    get,
    byName: (name) => rows("SELECT * FROM containers WHERE name = $name", { name })[0],
    startingWith: (prefix) =>
      rows("SELECT * FROM containers WHERE substr(id, 1, length($prefix)) = $prefix", { prefix }),
    list: () => rows("SELECT * FROM containers ORDER BY created DESC, id"),
    create: (row) => {
      if (db.write("durable", INSERT, { ...row, image: row.image ?? null }) === 0) taken(row.name);
    },
    update: (id, { name = null, status = null, record = null }) => {
      if (db.write("durable", UPDATE, { id, name, status, record }) > 0) return;
      if (get(id)) taken(name!);
      fail("not-found", `no such container: ${id}`);
    },
    delete: (id) => db.write("durable", "DELETE FROM containers WHERE id = $id", { id }) > 0,
  };
}

function taken(name: string): never {
  return fail("conflict", `the name ${JSON.stringify(name)} is in use by another container`);
}

function asRow({ image, ...rest }: Stored): ContainerRow {
  return { ...rest, image: image ?? undefined };
}
