import type { Digest } from "#oci";
import type { StoredBlob } from "../records.ts";
import type { Connection, Sql } from "./connection.ts";
import { addRepository } from "./repositories.ts";
import { TOUCH_EVERY_MS } from "./touch.ts";

interface BlobRow {
  readonly digest: Digest;
  readonly size: number | string;
  readonly location: string;
  readonly touched: number | string;
}

export async function findBlob(
  connection: Connection,
  repository: string,
  digest: Digest,
  relyOn: boolean,
): Promise<StoredBlob | undefined> {
  const [row]: BlobRow[] = await connection.read`
    SELECT b.digest, b.size, b.location, r.touched
    FROM repository_blobs r JOIN blobs b ON b.digest = r.digest
    WHERE r.repository = ${repository} AND r.digest = ${digest}`;
  if (!row) return undefined;
  if (!relyOn || Number(row.touched) > Date.now() - TOUCH_EVERY_MS) return storedBlob(row);
  return connection.write("relaxed", (sql) => touch(sql, repository, digest));
}

export function addBlob(
  connection: Connection,
  repository: string,
  blob: StoredBlob,
): Promise<StoredBlob> {
  return connection.write("durable", (sql) => insertBlob(sql, repository, blob));
}

/** As a part of a transaction. */
export async function insertBlob(
  sql: Sql,
  repository: string,
  { digest, size, location }: StoredBlob,
): Promise<StoredBlob> {
  const now = Date.now();
  const [row]: BlobRow[] = await sql`
    INSERT INTO blobs (digest, size, location, touched)
    VALUES (${digest}, ${size}, ${location}, ${now})
    ON CONFLICT (digest) DO UPDATE SET touched = ${now}
    RETURNING digest, size, location, touched`;
  await holdAnew(sql, repository, digest);
  return storedBlob(row!);
}

export function mountBlob(
  connection: Connection,
  repository: string,
  digest: Digest,
  from: string,
): Promise<StoredBlob | undefined> {
  return connection.write("durable", async (sql) => {
    const held = await touch(sql, from, digest);
    if (held) await holdAnew(sql, repository, digest);
    return held;
  });
}

export function deleteBlob(
  connection: Connection,
  repository: string,
  digest: Digest,
): Promise<boolean> {
  return connection.write("durable", async (sql) => {
    const gone = await sql`
      DELETE FROM repository_blobs WHERE repository = ${repository} AND digest = ${digest}
      RETURNING digest`;
    return gone.length > 0;
  });
}

export async function holdersOf(
  connection: Connection,
  digest: Digest,
  most: number,
): Promise<readonly string[]> {
  const rows: { repository: string }[] = await connection.read`
    SELECT repository FROM repository_blobs WHERE digest = ${digest}
    ORDER BY repository LIMIT ${most}`;
  return rows.map((row) => row.repository);
}

async function holdAnew(sql: Sql, repository: string, digest: Digest): Promise<void> {
  const now = Date.now();
  await addRepository(sql, repository);
  await sql`
    INSERT INTO repository_blobs (repository, digest, touched)
    VALUES (${repository}, ${digest}, ${now})
    ON CONFLICT (repository, digest) DO UPDATE SET touched = ${now}`;
}

/**
 * Touches a blob that the repository has. This locks the rows that a garbage collection would
 * delete: whoever comes second sees what the first one did.
 */
async function touch(
  sql: Sql,
  repository: string,
  digest: Digest,
): Promise<StoredBlob | undefined> {
  const now = Date.now();
  // First the blob, then who has it, as when it is added: in one order nobody waits for ever.
  const [row]: BlobRow[] = await sql`
    UPDATE blobs SET touched = ${now} WHERE digest = ${digest} AND EXISTS (
      SELECT 1 FROM repository_blobs r WHERE r.repository = ${repository} AND r.digest = ${digest})
    RETURNING digest, size, location, touched`;
  if (!row) return undefined;
  const held = await sql`
    UPDATE repository_blobs SET touched = ${now}
    WHERE repository = ${repository} AND digest = ${digest} RETURNING digest`;
  return held.length > 0 ? storedBlob(row) : undefined;
}

function storedBlob({ digest, size, location }: BlobRow): StoredBlob {
  return { digest, size: Number(size), location };
}
