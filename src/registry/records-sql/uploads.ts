import type { StoredBlob, UploadRecord } from "../records.ts";
import { insertBlob } from "./blobs.ts";
import type { Connection } from "./connection.ts";

interface UploadRow {
  readonly id: string;
  readonly repository: string;
  readonly received: number | string;
  readonly algorithm: UploadRecord["algorithm"];
  readonly state: string;
  readonly touched: number | string;
}

/** What is lost with these records in a power cut is an upload that the client begins again. */
export async function putUpload(connection: Connection, upload: UploadRecord): Promise<void> {
  const { id, repository, offset, algorithm, state, touched } = upload;
  await connection.write(
    "relaxed",
    (sql) => sql`
      INSERT INTO uploads (id, repository, received, algorithm, state, touched)
      VALUES (${id}, ${repository}, ${offset}, ${algorithm}, ${state}, ${touched})`,
  );
}

export async function findUpload(
  { read }: Connection,
  repository: string,
  id: string,
): Promise<UploadRecord | undefined> {
  const [row]: UploadRow[] = await read`
    SELECT * FROM uploads WHERE id = ${id} AND repository = ${repository}`;
  return row && uploadOf(row);
}

export function advanceUpload(
  connection: Connection,
  { id, offset, state, touched }: UploadRecord,
  from: number,
): Promise<boolean> {
  return connection.write("relaxed", async (sql) => {
    const moved = await sql`
      UPDATE uploads SET received = ${offset}, state = ${state}, touched = ${touched}
      WHERE id = ${id} AND received = ${from} RETURNING id`;
    return moved.length > 0;
  });
}

/** Durable: an upload that came back after a power cut would tell of bytes that were removed. */
export function deleteUpload(
  connection: Connection,
  id: string,
  untouchedSince = Number.MAX_SAFE_INTEGER,
): Promise<boolean> {
  return connection.write("durable", async (sql) => {
    const gone = await sql`
      DELETE FROM uploads WHERE id = ${id} AND touched < ${untouchedSince} RETURNING id`;
    return gone.length > 0;
  });
}

export function finishUpload(
  connection: Connection,
  { id, repository }: UploadRecord,
  blob: StoredBlob,
): Promise<StoredBlob | undefined> {
  return connection.write("durable", async (sql) => {
    const gone = await sql`DELETE FROM uploads WHERE id = ${id} RETURNING id`;
    return gone.length > 0 ? insertBlob(sql, repository, blob) : undefined;
  });
}

export async function listIdleUploads(
  { read }: Connection,
  before: number,
): Promise<readonly UploadRecord[]> {
  const rows: UploadRow[] = await read`
    SELECT * FROM uploads WHERE touched < ${before} ORDER BY touched LIMIT 1000`;
  return rows.map(uploadOf);
}

function uploadOf(row: UploadRow): UploadRecord {
  const { id, repository, algorithm, state } = row;
  const offset = Number(row.received);
  return { id, repository, offset, algorithm, state, touched: Number(row.touched) };
}
