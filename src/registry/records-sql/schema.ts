import { fail } from "#errors";
import type { Dialect, Sql } from "./connection.ts";

/** Raised when a table changes; what an older program wrote is brought up to it by then. */
const VERSION = 1;

/**
 * Makes the tables that are missing. Fails with `failed-precondition` when a newer program has
 * written the records.
 */
export async function prepareSchema(sql: Sql, dialect: Dialect): Promise<void> {
  await sql`CREATE TABLE IF NOT EXISTS registry_schema (version bigint NOT NULL)`;
  const [row]: { version: number | string }[] = await sql`SELECT version FROM registry_schema`;
  if (row && Number(row.version) > VERSION)
    fail("failed-precondition", "a newer shale has written this registry's records; use that one");
  for (const statement of schemaOf(dialect)) await sql.unsafe(statement);
  if (!row) await sql`INSERT INTO registry_schema (version) VALUES (${VERSION})`;
}

/**
 * The tables, in SQL that SQLite and Postgres both take. Times are Unix milliseconds. `touched` is
 * when somebody last relied on a row; garbage collection spares what is younger than its grace.
 */
function schemaOf(dialect: Dialect): readonly string[] {
  // Names sort by their bytes in both, whatever the database's locale.
  const text = dialect === "postgres" ? 'text COLLATE "C"' : "text";
  return [
    `CREATE TABLE IF NOT EXISTS repositories (name ${text} PRIMARY KEY)`,
    `CREATE TABLE IF NOT EXISTS blobs (
      digest ${text} PRIMARY KEY, size bigint NOT NULL, location ${text} NOT NULL,
      touched bigint NOT NULL)`,
    `CREATE INDEX IF NOT EXISTS blobs_by_location ON blobs (location)`,
    `CREATE TABLE IF NOT EXISTS repository_blobs (
      repository ${text} NOT NULL, digest ${text} NOT NULL, touched bigint NOT NULL,
      PRIMARY KEY (repository, digest))`,
    `CREATE INDEX IF NOT EXISTS repository_blobs_by_digest ON repository_blobs (digest)`,
    `CREATE TABLE IF NOT EXISTS manifests (
      repository ${text} NOT NULL, digest ${text} NOT NULL, media_type ${text} NOT NULL,
      size bigint NOT NULL, content bytea NOT NULL, subject ${text}, artifact_type ${text},
      annotations ${text}, touched bigint NOT NULL, PRIMARY KEY (repository, digest))`,
    `CREATE INDEX IF NOT EXISTS manifests_by_subject
      ON manifests (repository, subject, digest)`,
    `CREATE TABLE IF NOT EXISTS manifest_references (
      repository ${text} NOT NULL, manifest ${text} NOT NULL, target ${text} NOT NULL,
      PRIMARY KEY (repository, manifest, target))`,
    `CREATE INDEX IF NOT EXISTS manifest_references_by_target
      ON manifest_references (repository, target)`,
    `CREATE TABLE IF NOT EXISTS tags (
      repository ${text} NOT NULL, tag ${text} NOT NULL, digest ${text} NOT NULL,
      PRIMARY KEY (repository, tag))`,
    `CREATE INDEX IF NOT EXISTS tags_by_digest ON tags (repository, digest)`,
    `CREATE TABLE IF NOT EXISTS uploads (
      id ${text} PRIMARY KEY, repository ${text} NOT NULL, received bigint NOT NULL,
      algorithm ${text} NOT NULL, state ${text} NOT NULL, touched bigint NOT NULL)`,
  ];
}
