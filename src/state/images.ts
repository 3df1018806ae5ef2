import type { Digest } from "#oci";
import type { Connection } from "./database.ts";
import type { ImageRow, ImageTable, NameRow, NameTable } from "./state.ts";

/** The images of the store. */
export function imageTable(db: Connection): ImageTable {
  return {
    get: (id) => db.get<ImageRow>("SELECT * FROM images WHERE id = $id", { id }),
    startingWith: (prefix) =>
      db.all<ImageRow>(
        "SELECT * FROM images WHERE substr(id, instr(id, ':') + 1, length($prefix)) = $prefix",
        { prefix },
      ),
    list: () => db.all<ImageRow>("SELECT * FROM images ORDER BY created DESC, added DESC, id"),
    put: ({ id, manifest, created, size, added }) => {
      db.write(
        "durable",
        "INSERT OR REPLACE INTO images VALUES ($id, $manifest, $created, $size, $added)",
        { id, manifest, created, size, added },
      );
    },
    delete: (id) => db.write("durable", "DELETE FROM images WHERE id = $id", { id }) > 0,
    use: (image, container) => {
      const values = { image, container };
      db.write("durable", "INSERT OR IGNORE INTO image_uses VALUES ($image, $container)", values);
    },
    release: (container) => {
      db.write("durable", "DELETE FROM image_uses WHERE container = $container", { container });
    },
    uses: () => db.all<{ image: Digest; container: string }>("SELECT * FROM image_uses"),
  };
}

/** The names that point at images. */
export function nameTable(db: Connection): NameTable {
  const get = (name: string) =>
    db.get<{ image: Digest }>("SELECT image FROM names WHERE name = $name", { name })?.image;
  return {
    get,
    of: (image) =>
      db
        .all<NameRow>("SELECT name FROM names WHERE image = $image ORDER BY name", { image })
        .map((row) => row.name),
    list: () => db.all<NameRow>("SELECT name, image FROM names ORDER BY name"),
    set: (name, image) =>
      db.transaction("durable", () => {
        const before = get(name);
        db.write("durable", "INSERT OR REPLACE INTO names VALUES ($name, $image)", { name, image });
        return before;
      }),
    delete: (name) => db.write("durable", "DELETE FROM names WHERE name = $name", { name }) > 0,
  };
}
