import { fail } from "#errors";
import type { Connection } from "./database.ts";
import type { NetworkRow, NetworkTable } from "./state.ts";

const INSERT = "INSERT OR IGNORE INTO networks VALUES ($id, $name, $created, $record)";

/** The user-defined networks of the store. */
export function networkTable(db: Connection): NetworkTable {
  const rows = (condition: string, values = {}) =>
    db.all<NetworkRow>(`SELECT * FROM networks ${condition}`, values);
  return {
    get: (id) => rows("WHERE id = $id", { id })[0],
    byName: (name) => rows("WHERE name = $name", { name })[0],
    startingWith: (prefix) => rows("WHERE substr(id, 1, length($prefix)) = $prefix", { prefix }),
    list: () => rows("ORDER BY created, id"),
    create: (row) => {
      if (db.write("durable", INSERT, { ...row }) === 0)
        fail("conflict", `network with name ${row.name} already exists`);
    },
    delete: (id) => db.write("durable", "DELETE FROM networks WHERE id = $id", { id }) > 0,
  };
}
