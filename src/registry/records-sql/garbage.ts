import type { Digest } from "#oci";
import type { GarbageReport, StoredBlob } from "../records.ts";
import type { Connection, Dialect, Promised, Sql } from "./connection.ts";

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

/** Runs a part of the work as a transaction, or as a part of one. */
type Step = <T>(promised: Promised, work: (sql: Sql) => Promise<T>) => Promise<T>;

/** Rows that are looked at in one transaction: others must not wait for long. */
const PAGE = 500;
/** Stands behind all names and digests, as `""` does before them. */
const END = "~";

/**
 * Page by page, each a transaction of its own, so that pushes and reads go on in between. What one
 * page spares, or takes away, is right by itself. A dry run is one transaction that is undone.
 */
export async function collectGarbage(
  connection: Connection,
  before: number,
  { dryRun = false, untagged = false }: { dryRun?: boolean; untagged?: boolean } = {},
): Promise<GarbageReport> {
  if (dryRun) return tryOut(connection, (step) => collect(step, before, untagged));
  const step: Step = async (promised, work) => {
    const result = await connection.write(promised, work);
    // SQLite answers at once: without a pause nobody else would ever have a turn.
    await Bun.sleep(1);
    return result;
  };
  const report = await collect(step, before, untagged);
  await dropEmptyRepositories(step, connection.dialect);
  return report;
}

async function tryOut(
  connection: Connection,
  work: (step: Step) => Promise<GarbageReport>,
): Promise<GarbageReport> {
  try {
    return await connection.write("relaxed", async (sql) => {
      throw new DryRun(await work((_, part) => part(sql)));
    });
  } catch (error) {
    if (error instanceof DryRun) return error.report;
    throw error;
  }
}

async function collect(step: Step, before: number, untagged: boolean): Promise<GarbageReport> {
  const manifests = untagged ? await collectManifests(step, before) : [];
  await releaseBlobs(step, before);
  const blobs = await collectBlobs(step, before);
  return { manifests, blobs, bytes: blobs.reduce((sum, { size }) => sum + size, 0) };
}

interface Place {
  readonly repository: string;
  readonly digest: Digest;
}

const FIRST = { repository: "", digest: "" } as Place;
const LAST = { repository: END, digest: END } as Place;

/** What was found in one page, and where it ended. */
interface Visited<Key, Row> {
  readonly rows: readonly Row[];
  readonly end: Key;
}

/** All pages from `first` to `last`. A transaction may be tried again: it changes nothing here. */
async function* pages<Key, Row>(
  step: Step,
  promised: Promised,
  [first, last]: readonly [first: Key, last: Key],
  visit: (sql: Sql, from: Key) => Promise<Visited<Key, Row>>,
): AsyncGenerator<readonly Row[]> {
  for (let from = first; from !== last; ) {
    const { rows, end } = await step(promised, (sql) => visit(sql, from));
    yield rows;
    from = end;
  }
}

async function endOfPage(sql: Sql, table: string, from: Place): Promise<Place> {
  const [end]: Place[] = await sql`
    SELECT repository, digest FROM ${sql(table)}
    WHERE (repository, digest) > (${from.repository}, ${from.digest})
    ORDER BY repository, digest LIMIT 1 OFFSET ${PAGE - 1}`;
  return end ?? LAST;
}

/**
 * What no tag, no index and no subject keeps; and then what was kept by these alone. No manifest
 * can be kept by itself in a circle: each names the other by its digest.
 */
async function collectManifests(step: Step, before: number): Promise<readonly Place[]> {
  const all: Place[] = [];
  for (let known = -1; known < all.length; ) {
    known = all.length;
    const visit = (sql: Sql, from: Place) => deleteManifests(sql, before, from);
    for await (const gone of pages(step, "durable", [FIRST, LAST], visit)) all.push(...gone);
  }
  return all;
}

async function deleteManifests(sql: Sql, before: number, from: Place) {
  const end = await endOfPage(sql, "manifests", from);
  const gone: Place[] = await sql`
    DELETE FROM manifests
    WHERE (repository, digest) > (${from.repository}, ${from.digest})
      AND (repository, digest) <= (${end.repository}, ${end.digest}) AND touched < ${before}
      AND NOT EXISTS (SELECT 1 FROM tags t
        WHERE t.repository = manifests.repository AND t.digest = manifests.digest)
      AND NOT EXISTS (SELECT 1 FROM manifest_references r
        WHERE r.repository = manifests.repository AND r.target = manifests.digest)
      AND NOT EXISTS (SELECT 1 FROM manifests s
        WHERE s.repository = manifests.repository AND s.digest = manifests.subject)
    RETURNING repository, digest`;
  const rows = gone.map(({ repository, digest }) => ({ repository, digest }));
  for (const { repository, digest } of rows)
    await sql`
      DELETE FROM manifest_references WHERE repository = ${repository} AND manifest = ${digest}`;
  return { rows, end };
}

/** Takes blobs from the repositories that have no manifest for them. */
async function releaseBlobs(step: Step, before: number): Promise<void> {
  const visit = async (sql: Sql, from: Place) => {
    const end = await endOfPage(sql, "repository_blobs", from);
    await sql`
      DELETE FROM repository_blobs
      WHERE (repository, digest) > (${from.repository}, ${from.digest})
        AND (repository, digest) <= (${end.repository}, ${end.digest}) AND touched < ${before}
        AND NOT EXISTS (SELECT 1 FROM manifest_references r
          WHERE r.repository = repository_blobs.repository
            AND r.target = repository_blobs.digest)`;
    return { rows: [], end };
  };
  for await (const _ of pages(step, "relaxed", [FIRST, LAST], visit));
}

/** Durable: the bytes of what is gone are removed after that. */
async function collectBlobs(step: Step, before: number): Promise<readonly StoredBlob[]> {
  const all: StoredBlob[] = [];
  const visit = async (sql: Sql, from: string) => {
    const [last]: { digest: string }[] = await sql`
      SELECT digest FROM blobs WHERE digest > ${from} ORDER BY digest LIMIT 1 OFFSET ${PAGE - 1}`;
    const end = last?.digest ?? END;
    const rows: BlobRow[] = await sql`
      DELETE FROM blobs WHERE digest > ${from} AND digest <= ${end} AND touched < ${before}
        AND NOT EXISTS (SELECT 1 FROM repository_blobs r WHERE r.digest = blobs.digest)
      RETURNING digest, size, location`;
    return { rows, end };
  };
  for await (const rows of pages(step, "durable", ["", END], visit))
    for (const { digest, size, location } of rows)
      all.push({ digest, size: Number(size), location });
  return all;
}

async function dropEmptyRepositories(step: Step, dialect: Dialect): Promise<void> {
  const visit = async (sql: Sql, from: string) => {
    // Who puts something into a repository has added it before: that is over, or waits for our end.
    if (dialect === "postgres") await sql`LOCK TABLE repositories IN SHARE ROW EXCLUSIVE MODE`;
    const [last]: { name: string }[] = await sql`
      SELECT name FROM repositories WHERE name > ${from} ORDER BY name LIMIT 1 OFFSET ${PAGE - 1}`;
    const end = last?.name ?? END;
    await sql`
      DELETE FROM repositories WHERE name > ${from} AND name <= ${end}
        AND NOT EXISTS (SELECT 1 FROM repository_blobs b WHERE b.repository = repositories.name)
        AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.repository = repositories.name)`;
    return { rows: [], end };
  };
  for await (const _ of pages(step, "relaxed", ["", END], visit));
}
