import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fail } from "#errors";
import type { BlobStorage } from "../blob-storage.ts";
import type { Records } from "../records.ts";
import { openPostgresRecords, openSqliteRecords } from "../records-sql/open-records.ts";
import { openDiskStorage } from "../storage-disk/open-disk-storage.ts";
import type { S3Options } from "../storage-s3/s3-client.ts";

export interface StorageOptions {
  /** The directory of a registry that is told nothing else. */
  readonly root: string;
  /** `s3://bucket[/prefix]`, or a directory. */
  readonly storage?: string;
  /** `postgres://user@host/database`, or a file of SQLite. */
  readonly database?: string;
  /**
   * Where secrets come from, so that no process list shows them: `AWS_ACCESS_KEY_ID`,
   * `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `PGPASSWORD`; also `AWS_REGION` and
   * `AWS_ENDPOINT_URL`, by the names that AWS's own tools read.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What a registry keeps, and where. */
export interface OpenedStorage extends AsyncDisposable {
  readonly records: Records;
  readonly blobs: BlobStorage;
}

/**
 * Opens blobs and records by what the user said of them. Fails with `invalid-argument` where that
 * makes no sense, with `failed-precondition` or `unavailable` where it cannot be used.
 */
export async function openStorage(options: StorageOptions): Promise<OpenedStorage> {
  await using opened = new AsyncDisposableStack();
  const records = opened.use(await openRecords(options));
  const blobs = opened.use(await openBlobs(options));
  const all = opened.move();
  return { records, blobs, [Symbol.asyncDispose]: () => all[Symbol.asyncDispose]() };
}

function openRecords({ root, database, environment }: StorageOptions): Promise<Records> {
  if (database !== undefined && /^[a-z]+:/.test(database))
    return openPostgresRecords(postgresUrl(database, environment));
  const file = database === undefined ? join(root, "registry.sqlite") : resolve(database);
  mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
  return openSqliteRecords(file);
}

async function openBlobs({ root, storage, environment }: StorageOptions): Promise<BlobStorage> {
  if (storage === undefined || !/^[a-z0-9]+:/.test(storage))
    return openDiskStorage(storage === undefined ? root : resolve(storage));
  const s3 = { ...parseS3Url(storage), ...s3Settings(environment) };
  const { openS3Storage } = await import("../storage-s3/open-s3-storage.ts");
  return openS3Storage(s3);
}

/** Messages do not repeat the URL: it may hold a password. */
function postgresUrl(database: string, environment: StorageOptions["environment"]): string {
  if (!URL.canParse(database) || !/^postgres(?:ql)?:\/\//.test(database))
    fail("invalid-argument", "invalid database: write postgres://user@host/database, or a file");
  const url = new URL(database);
  if (url.password === "" && environment.PGPASSWORD) url.password = environment.PGPASSWORD;
  return url.href;
}

function parseS3Url(storage: string): Pick<S3Options, "bucket" | "prefix"> {
  const [, bucket, prefix = ""] =
    /^s3:\/\/([a-zA-Z0-9][a-zA-Z0-9._-]{1,254})(?:\/([^?#]*))?$/.exec(storage) ?? [];
  if (bucket === undefined || /(?:^|\/)\.{1,2}(?:\/|$)/.test(prefix))
    fail(
      "invalid-argument",
      `invalid storage ${JSON.stringify(storage)}: write s3://bucket/prefix`,
    );
  return { bucket, prefix };
}

function s3Settings(environment: StorageOptions["environment"]): Omit<S3Options, "bucket"> {
  const required = (name: string) =>
    environment[name] || fail("invalid-argument", `${name} is not set: S3 needs it`);
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL;
  if (endpoint && !/^https?:\/\/[^/]/.test(endpoint))
    fail("invalid-argument", "AWS_ENDPOINT_URL is no URL: write https://host[:port]");
  const sessionToken = environment.AWS_SESSION_TOKEN;
  return {
    accessKeyId: required("AWS_ACCESS_KEY_ID"),
    secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
    region: environment.AWS_REGION || environment.AWS_DEFAULT_REGION || "us-east-1",
    ...(endpoint && { endpoint }),
    ...(sessionToken && { sessionToken }),
  };
}
