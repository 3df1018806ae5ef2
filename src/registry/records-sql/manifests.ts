import type { Descriptor, Digest } from "#oci";
import type { ManifestLinks, ReferrersPage, StoredManifest } from "../records.ts";
import type { Connection, Dialect, Sql } from "./connection.ts";
import type { ContentCache } from "./content-cache.ts";
import { addRepository } from "./repositories.ts";
import { TOUCH_EVERY_MS } from "./touch.ts";

/** Values in one statement: SQLite takes 32,766, Postgres 65,535. */
const BATCH = 5_000;

interface ManifestRow {
  readonly digest: Digest;
  readonly media_type: string;
  readonly touched: number | string;
}

export async function findManifest(
  connection: Connection,
  cache: ContentCache,
  repository: string,
  reference: string,
  relyOn: boolean,
): Promise<StoredManifest | undefined> {
  const { read } = connection;
  const [row]: ManifestRow[] = reference.includes(":")
    ? await read`
        SELECT digest, media_type, touched FROM manifests
        WHERE repository = ${repository} AND digest = ${reference}`
    : await read`
        SELECT m.digest, m.media_type, m.touched
        FROM tags t JOIN manifests m ON m.repository = t.repository AND m.digest = t.digest
        WHERE t.repository = ${repository} AND t.tag = ${reference}`;
  if (!row) return undefined;
  if (relyOn && Number(row.touched) < Date.now() - TOUCH_EVERY_MS)
    await connection.write("relaxed", (sql) => touchManifests(sql, repository, [row.digest]));
  const bytes = cache.get(row.digest) ?? (await readContent(read, cache, repository, row.digest));
  return bytes && { digest: row.digest, mediaType: row.media_type, bytes };
}

async function readContent(
  read: Sql,
  cache: ContentCache,
  repository: string,
  digest: Digest,
): Promise<Uint8Array | undefined> {
  const [row]: { content: Uint8Array }[] = await read`
    SELECT content FROM manifests WHERE repository = ${repository} AND digest = ${digest}`;
  if (row) cache.set(digest, row.content);
  return row?.content;
}

export function putManifest(
  connection: Connection,
  repository: string,
  manifest: StoredManifest,
  links: ManifestLinks,
  tags: readonly string[],
): Promise<{ readonly missing: readonly Digest[] }> {
  return connection.write("durable", async (sql) => {
    const missing = await holdBlobs(sql, connection.dialect, repository, links.blobs);
    if (missing.length > 0) return { missing };
    await holdBlobs(sql, connection.dialect, repository, links.manifests);
    await touchManifests(sql, repository, links.manifests);
    await addRepository(sql, repository);
    await insertManifest(sql, repository, manifest, links);
    await insertReferences(sql, repository, manifest.digest, links);
    for (const tag of tags) {
      await sql`
        INSERT INTO tags (repository, tag, digest)
        VALUES (${repository}, ${tag}, ${manifest.digest})
        ON CONFLICT (repository, tag) DO UPDATE SET digest = ${manifest.digest}`;
    }
    return { missing: [] };
  });
}

/** Touches the blobs, so that no garbage collection takes them; gives those that are not there. */
async function holdBlobs(
  sql: Sql,
  dialect: Dialect,
  repository: string,
  blobs: readonly Digest[],
): Promise<readonly Digest[]> {
  const missing = new Set(blobs);
  for (const part of batches([...missing].sort())) {
    // In one order: pushes with the same base layers would wait for each other for ever.
    if (dialect === "postgres")
      await sql`
        SELECT 1 FROM repository_blobs WHERE repository = ${repository} AND digest IN ${sql(part)}
        ORDER BY digest FOR NO KEY UPDATE`;
    const rows: { digest: Digest }[] = await sql`
      UPDATE repository_blobs SET touched = ${Date.now()}
      WHERE repository = ${repository} AND digest IN ${sql(part)} RETURNING digest`;
    for (const { digest } of rows) missing.delete(digest);
  }
  return [...missing];
}

async function touchManifests(
  sql: Sql,
  repository: string,
  manifests: readonly Digest[],
): Promise<void> {
  for (const part of batches([...manifests].sort()))
    await sql`
      UPDATE manifests SET touched = ${Date.now()}
      WHERE repository = ${repository} AND digest IN ${sql(part)}`;
}

async function insertManifest(
  sql: Sql,
  repository: string,
  { digest, mediaType, bytes }: StoredManifest,
  links: ManifestLinks,
): Promise<void> {
  const { subject, artifactType, annotations } = links;
  const json = annotations ? JSON.stringify(annotations) : null;
  const now = Date.now();
  await sql`
    INSERT INTO manifests (repository, digest, media_type, size, content, subject, artifact_type,
      annotations, touched)
    VALUES (${repository}, ${digest}, ${mediaType}, ${bytes.length}, ${bytes}, ${subject ?? null},
      ${artifactType ?? null}, ${json}, ${now})
    ON CONFLICT (repository, digest) DO UPDATE SET media_type = ${mediaType},
      artifact_type = ${artifactType ?? null}, touched = ${now}`;
}

async function insertReferences(
  sql: Sql,
  repository: string,
  manifest: Digest,
  { blobs, manifests }: ManifestLinks,
): Promise<void> {
  for (const part of batches([...new Set([...blobs, ...manifests])])) {
    const rows = part.map((target) => ({ repository, manifest, target }));
    await sql`INSERT INTO manifest_references ${sql(rows)} ON CONFLICT DO NOTHING`;
  }
}

export function deleteManifest(
  connection: Connection,
  repository: string,
  digest: Digest,
): Promise<boolean> {
  return connection.write("durable", async (sql) => {
    await sql`DELETE FROM tags WHERE repository = ${repository} AND digest = ${digest}`;
    await sql`
      DELETE FROM manifest_references WHERE repository = ${repository} AND manifest = ${digest}`;
    const gone = await sql`
      DELETE FROM manifests WHERE repository = ${repository} AND digest = ${digest}
      RETURNING digest`;
    return gone.length > 0;
  });
}

export function deleteTag(
  connection: Connection,
  repository: string,
  tag: string,
): Promise<boolean> {
  return connection.write("durable", async (sql) => {
    const gone = await sql`
      DELETE FROM tags WHERE repository = ${repository} AND tag = ${tag} RETURNING tag`;
    return gone.length > 0;
  });
}

interface ReferrerRow extends Omit<ManifestRow, "touched"> {
  readonly size: number | string;
  readonly artifact_type: string | null;
  readonly annotations: string | null;
}

export async function listReferrers(
  { read }: Connection,
  repository: string,
  subject: Digest,
  { n = 1000, last = "", artifactType, mostBytes }: ReferrersPage,
): Promise<readonly Descriptor[]> {
  const type = artifactType ?? null;
  const sizes: { digest: Digest; length: number | string }[] = await read`
    SELECT digest, coalesce(length(annotations), 0) + coalesce(length(artifact_type), 0) + 400
      AS length FROM manifests
    WHERE repository = ${repository} AND subject = ${subject} AND digest > ${last}
      AND (CAST(${type} AS text) IS NULL OR artifact_type = ${type})
    ORDER BY digest LIMIT ${n}`;
  const page = withinBytes(sizes, mostBytes ?? Number.POSITIVE_INFINITY);
  if (page.length === 0) return [];
  const rows: ReferrerRow[] = await read`
    SELECT digest, media_type, size, artifact_type, annotations FROM manifests
    WHERE repository = ${repository} AND digest IN ${read(page)} ORDER BY digest`;
  return rows.map(descriptorOf);
}

function withinBytes(
  sizes: readonly { digest: Digest; length: number | string }[],
  most: number,
): Digest[] {
  let total = 0;
  const fitting = sizes.filter(({ length }, at) => {
    total += Number(length);
    return at === 0 || total <= most;
  });
  return fitting.map(({ digest }) => digest);
}

function descriptorOf(row: ReferrerRow): Descriptor {
  return {
    mediaType: row.media_type,
    digest: row.digest,
    size: Number(row.size),
    ...(row.artifact_type !== null && { artifactType: row.artifact_type }),
    ...(row.annotations !== null && { annotations: JSON.parse(row.annotations) }),
  };
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += BATCH) yield all.slice(at, at + BATCH);
}
