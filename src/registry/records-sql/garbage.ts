import type { Digest } from "#oci";
import type { GarbageReport, StoredBlob } from "../records.ts";
import type { Connection, Dialect, Sql } from "./connection.ts";

interface BlobRow {
  readonly digest: Digest;
  readonly size: number | string;
  readonly location: string;
}

/** Ends a transaction without its changes. */
class DryRun extends Error {
  readonly report: GarbageReport;

  constructor(report: GarbageReport) {
    super("dry run");
    this.report = report;
  }
}

export async function collectGarbage(
  connection: Connection,
  before: number,
  { dryRun = false, untagged = false }: { dryRun?: boolean; untagged?: boolean } = {},
): Promise<GarbageReport> {
  try {
    return await connection.write("durable", async (sql) => {
      const report = await collect(sql, before, untagged);
      await dropEmptyRepositories(sql, connection.dialect);
      if (dryRun) throw new DryRun(report);
      return report;
    });
  } catch (error) {
    if (error instanceof DryRun) return error.report;
    throw error;
  }
}

async function collect(sql: Sql, before: number, untagged: boolean): Promise<GarbageReport> {
  const manifests = untagged ? await collectManifests(sql, before) : [];
  const blobs = await collectBlobs(sql, before);
  return { manifests, blobs, bytes: blobs.reduce((sum, { size }) => sum + size, 0) };
}

/**
 * What no tag, no index and no subject keeps; and then what was kept by these alone. No manifest
 * can be kept by itself in a circle: each names the other by its digest.
 */
async function collectManifests(sql: Sql, before: number): Promise<GarbageReport["manifests"]> {
  const all: { repository: string; digest: Digest }[] = [];
  for (;;) {
    const gone: typeof all = await sql`
      DELETE FROM manifests WHERE touched < ${before}
        AND NOT EXISTS (SELECT 1 FROM tags t
          WHERE t.repository = manifests.repository AND t.digest = manifests.digest)
        AND NOT EXISTS (SELECT 1 FROM manifest_references r
          WHERE r.repository = manifests.repository AND r.target = manifests.digest)
        AND NOT EXISTS (SELECT 1 FROM manifests s
          WHERE s.repository = manifests.repository AND s.digest = manifests.subject)
      RETURNING repository, digest`;
    if (gone.length === 0) return all;
    all.push(...gone.map(({ repository, digest }) => ({ repository, digest })));
    await sql`
      DELETE FROM manifest_references WHERE NOT EXISTS (
        SELECT 1 FROM manifests m WHERE m.repository = manifest_references.repository
          AND m.digest = manifest_references.manifest)`;
  }
}

async function collectBlobs(sql: Sql, before: number): Promise<readonly StoredBlob[]> {
  await sql`
    DELETE FROM repository_blobs WHERE touched < ${before} AND NOT EXISTS (
      SELECT 1 FROM manifest_references r WHERE r.repository = repository_blobs.repository
        AND r.target = repository_blobs.digest)`;
  const rows: BlobRow[] = await sql`
    DELETE FROM blobs WHERE touched < ${before} AND NOT EXISTS (
      SELECT 1 FROM repository_blobs r WHERE r.digest = blobs.digest)
    RETURNING digest, size, location`;
  return rows.map(({ digest, size, location }) => ({ digest, size: Number(size), location }));
}

async function dropEmptyRepositories(sql: Sql, dialect: Dialect): Promise<void> {
  // Who puts something into a repository has added it before: that is over, or waits for our end.
  if (dialect === "postgres") await sql`LOCK TABLE repositories IN SHARE ROW EXCLUSIVE MODE`;
  await sql`
    DELETE FROM repositories WHERE NOT EXISTS (
      SELECT 1 FROM repository_blobs b WHERE b.repository = repositories.name)
    AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.repository = repositories.name)`;
}
