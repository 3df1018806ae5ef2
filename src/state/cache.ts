import type { Connection } from "./database.ts";
import type { CacheRow, CacheTable } from "./state.ts";

type Stored = Omit<CacheRow, "layers"> & { layers: string };

const USE = "UPDATE cache SET used = $now, uses = uses + 1 WHERE key = $key RETURNING *";

const PUT = `
  INSERT OR REPLACE INTO cache VALUES
  ($key, $description, $result, $layers, $size, $now, $now, 0)`;

/** The remembered build steps. */
export function cacheTable(db: Connection): CacheTable {
  return {
    use: (key) => {
      const stored = db.transaction("relaxed", () => db.get<Stored>(USE, { key, now: Date.now() }));
      return stored && asRow(stored);
    },
    list: () => db.all<Stored>("SELECT * FROM cache ORDER BY used DESC, key").map(asRow),
    put: ({ key, description, result, layers, size }) => {
      const values = { key, description, result, size, layers: JSON.stringify(layers) };
      db.write("durable", PUT, { ...values, now: Date.now() });
    },
    delete: (key) => db.write("durable", "DELETE FROM cache WHERE key = $key", { key }) > 0,
  };
}

function asRow(stored: Stored): CacheRow {
  return { ...stored, layers: JSON.parse(stored.layers) };
}
