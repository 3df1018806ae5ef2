import { fail } from "#errors";
import type { Connection } from "./database.ts";

/**
 * The steps from an empty database to the current schema; `user_version` counts those done. A
 * released step is never changed: a change of the schema is a new step at the end.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE images (
    id TEXT PRIMARY KEY, manifest TEXT NOT NULL, created INTEGER NOT NULL,
    size INTEGER NOT NULL, added INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE names (name TEXT PRIMARY KEY, image TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX names_by_image ON names (image);
  CREATE TABLE layers (
    blob TEXT PRIMARY KEY, diff_id TEXT NOT NULL, media_type TEXT NOT NULL,
    blob_size INTEGER NOT NULL, size INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX layers_by_diff_id ON layers (diff_id);
  CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, parent TEXT, driver TEXT NOT NULL,
    kind TEXT NOT NULL, created INTEGER NOT NULL, boot TEXT, UNIQUE (driver, key)
  ) STRICT;
  CREATE INDEX snapshots_by_parent ON snapshots (driver, parent);
  CREATE TABLE cache (
    key TEXT PRIMARY KEY, description TEXT NOT NULL, result TEXT NOT NULL, layers TEXT NOT NULL,
    size INTEGER NOT NULL, created INTEGER NOT NULL, used INTEGER NOT NULL, uses INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE containers (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, image TEXT, status TEXT NOT NULL,
    created INTEGER NOT NULL, record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE leases (
    id TEXT PRIMARY KEY, purpose TEXT NOT NULL, pid INTEGER NOT NULL, start INTEGER NOT NULL,
    boot TEXT NOT NULL, created INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE holds (
    lease TEXT NOT NULL, resource TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (lease, resource, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE addresses (
    network TEXT NOT NULL, address TEXT NOT NULL, owner TEXT NOT NULL,
    PRIMARY KEY (network, address)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX addresses_by_owner ON addresses (owner);
  CREATE TABLE facts (
    namespace TEXT NOT NULL, key TEXT NOT NULL, value ANY NOT NULL, put INTEGER NOT NULL,
    PRIMARY KEY (namespace, key)
  ) STRICT;
  `,
  `
  CREATE TABLE volumes (
    name TEXT PRIMARY KEY, driver TEXT NOT NULL, labels TEXT NOT NULL, options TEXT NOT NULL,
    anonymous INTEGER NOT NULL, created INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE volume_uses (
    volume TEXT NOT NULL, container TEXT NOT NULL, PRIMARY KEY (volume, container)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX volume_uses_by_container ON volume_uses (container);
  CREATE TABLE networks (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, type TEXT NOT NULL,
    action TEXT NOT NULL, actor TEXT NOT NULL, attributes TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_time ON events (time);
  `,
  `
  CREATE TABLE image_uses (
    image TEXT NOT NULL, container TEXT NOT NULL, PRIMARY KEY (image, container)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_uses_by_container ON image_uses (container);
  `,
];

/** The schema version this program writes. */
export const SCHEMA_VERSION = STEPS.length;

/**
 * Brings the database to the current schema. Any number of processes may do it at once; one that
 * finds a version from a newer program fails with `failed-precondition` and changes nothing.
 */
export function migrate(connection: Connection): void {
  if (versionOf(connection) === SCHEMA_VERSION) return;
  connection.transaction("durable", () => {
    for (const step of STEPS.slice(versionOf(connection))) connection.script(step);
    connection.script(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

/** How many steps the database has behind it. */
function versionOf(connection: Connection): number {
  const version = connection.get<{ user_version: number }>("PRAGMA user_version")!.user_version;
  if (version <= SCHEMA_VERSION) return version;
  return fail(
    "failed-precondition",
    `the store has schema version ${version}, written by a newer shale; this one knows ` +
      `${SCHEMA_VERSION}: upgrade shale or use another root`,
  );
}
