import type { Connection } from "./database.ts";
import type { LayerRow, LayerTable } from "./state.ts";

const COLUMNS = "diff_id AS diffId, blob, media_type AS mediaType, blob_size AS blobSize, size";

/** Which blobs hold which layers. */
export function layerTable(db: Connection): LayerTable {
  return {
    of: (diffId) =>
      db.all<LayerRow>(`SELECT ${COLUMNS} FROM layers WHERE diff_id = $diffId`, { diffId }),
    byBlob: (blob) =>
      db.get<LayerRow>(`SELECT ${COLUMNS} FROM layers WHERE blob = $blob`, { blob }),
    list: () => db.all<LayerRow>(`SELECT ${COLUMNS} FROM layers`),
    put: ({ diffId, blob, mediaType, blobSize, size }) => {
      db.write(
        "durable",
        `INSERT OR REPLACE INTO layers (diff_id, blob, media_type, blob_size, size)
         VALUES ($diffId, $blob, $mediaType, $blobSize, $size)`,
        { diffId, blob, mediaType, blobSize, size },
      );
    },
    delete: (blob) => db.write("durable", "DELETE FROM layers WHERE blob = $blob", { blob }) > 0,
  };
}
