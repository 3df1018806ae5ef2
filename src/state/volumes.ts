import { fail } from "#errors";
import type { Connection } from "./database.ts";
import type { VolumeRow, VolumeTable } from "./state.ts";

interface Stored {
  name: string;
  driver: string;
  labels: string;
  options: string;
  anonymous: number;
  created: number;
}

const INSERT = `
  INSERT OR IGNORE INTO volumes VALUES ($name, $driver, $labels, $options, $anonymous, $created)`;

/** The volumes of the store, and which containers use them. */
export function volumeTable(db: Connection): VolumeTable {
  const users = (name: string) =>
    db
      .all<{ container: string }>("SELECT container FROM volume_uses WHERE volume = $name", {
        name,
      })
      .map(({ container }) => container);
  return {
    users,
    get: (name) =>
      db.all<Stored>("SELECT * FROM volumes WHERE name = $name", { name }).map(asRow)[0],
    list: () => db.all<Stored>("SELECT * FROM volumes ORDER BY name", {}).map(asRow),
    create: (row) => db.write("durable", INSERT, asStored(row)) > 0,
    delete: (name) =>
      db.transaction("durable", () => {
        const inUse = users(name);
        if (inUse.length > 0)
          fail("conflict", `remove ${name}: volume is in use - [${inUse.join(", ")}]`);
        return db.write("durable", "DELETE FROM volumes WHERE name = $name", { name }) > 0;
      }),
    use: (volume, container) => {
      const values = { volume, container };
      db.write("durable", "INSERT OR IGNORE INTO volume_uses VALUES ($volume, $container)", values);
    },
    release: (container) => {
      db.write("durable", "DELETE FROM volume_uses WHERE container = $container", { container });
    },
  };
}

function asRow(row: Stored): VolumeRow {
  const { labels, options, anonymous } = row;
  return {
    ...row,
    labels: JSON.parse(labels),
    options: JSON.parse(options),
    anonymous: anonymous === 1,
  };
}

function asStored(row: VolumeRow) {
  const { labels, options, anonymous } = row;
  return {
    ...row,
    labels: JSON.stringify(labels),
    options: JSON.stringify(options),
    anonymous: anonymous ? 1 : 0,
  };
}
