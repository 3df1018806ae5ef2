import { fail, KindedError, messageOf } from "#errors";
import type { Records } from "../records.ts";
import { addBlob, deleteBlob, findBlob, holdersOf, mountBlob } from "./blobs.ts";
import { connectPostgres } from "./connect-postgres.ts";
import { connectSqlite, type SqliteOptions } from "./connect-sqlite.ts";
import type { Connection } from "./connection.ts";
import { ContentCache } from "./content-cache.ts";
import { collectGarbage } from "./garbage.ts";
import { knownLocations, knownUploads } from "./locations.ts";
import {
  deleteManifest,
  deleteTag,
  findManifest,
  listReferrers,
  putManifest,
} from "./manifests.ts";
import { listRepositories, listTags } from "./repositories.ts";
import { prepareSchema } from "./schema.ts";
import {
  advanceUpload,
  deleteUpload,
  findUpload,
  finishUpload,
  listIdleUploads,
  putUpload,
} from "./uploads.ts";

/** Any number that nothing else in the database locks. */
const SCHEMA_LOCK = 7_354_601;
/** Bytes of manifests that are kept in memory. */
const CACHED = 32 << 20;

/** Records in one SQLite file, made when it is not there. */
export async function openSqliteRecords(path: string, options?: SqliteOptions): Promise<Records> {
  return openRecords(await connectSqlite(path, options));
}

/**
 * Records on a Postgres server: `postgres://user:password@host/database`. Any number of processes
 * may share them. Fails with `unavailable` or `failed-precondition` when it cannot be used.
 */
export async function openPostgresRecords(url: string): Promise<Records> {
  const connection = connectPostgres(url);
  try {
    return await openRecords(connection);
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    if (error instanceof KindedError) throw error;
    return fail("failed-precondition", `cannot use the database: ${messageOf(error)}`, error);
  }
}

async function openRecords(connection: Connection): Promise<Records> {
  await connection.write("durable", async (sql) => {
    // Of several that start at once, one makes the tables.
    if (connection.dialect === "postgres") await sql`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`;
    await prepareSchema(sql, connection.dialect);
  });
  const cache = new ContentCache(CACHED);
  return {
    blob: (repository, digest, { relyOn = false } = {}) =>
      findBlob(connection, repository, digest, relyOn),
    addBlob: (repository, blob) => addBlob(connection, repository, blob),
    mountBlob: (repository, digest, from) => mountBlob(connection, repository, digest, from),
    deleteBlob: (repository, digest) => deleteBlob(connection, repository, digest),
    holders: (digest, most) => holdersOf(connection, digest, most),
    knownLocations: (locations) => knownLocations(connection, locations),
    knownUploads: (ids) => knownUploads(connection, ids),
    manifest: (repository, reference, { relyOn = false } = {}) =>
      findManifest(connection, cache, repository, reference, relyOn),
    putManifest: (...manifest) => putManifest(connection, ...manifest),
    deleteManifest: (repository, digest) => deleteManifest(connection, repository, digest),
    deleteTag: (repository, tag) => deleteTag(connection, repository, tag),
    tags: (repository, page) => listTags(connection, repository, page),
    repositories: (page) => listRepositories(connection, page),
    referrers: (repository, digest, page) => listReferrers(connection, repository, digest, page),
    putUpload: (upload) => putUpload(connection, upload),
    upload: (repository, id) => findUpload(connection, repository, id),
    advanceUpload: (upload, from) => advanceUpload(connection, upload, from),
    finishUpload: (upload, blob) => finishUpload(connection, upload, blob),
    deleteUpload: (id, untouchedSince) => deleteUpload(connection, id, untouchedSince),
    idleUploads: (before) => listIdleUploads(connection, before),
    collectGarbage: (before, options) => collectGarbage(connection, before, options),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
