import { SQL } from "bun";
import { KindedError } from "#errors";
import type { Connection, Promised, Sql } from "./connection.ts";

/** Longer than any transaction of ours takes, a collection in a large registry included. */
const PATIENCE_MS = 60_000;
const LONGEST_WAIT_MS = 50;
const SYNCHRONOUS: Readonly<Record<Promised, string>> = { durable: "FULL", relaxed: "NORMAL" };

export interface SqliteOptions {
  /** False for what may be lost in a power cut, such as a cache; true when absent. */
  readonly durable?: boolean;
}

/**
 * SQLite in one file. One connection reads and one writes, so that a reader never sees half of a
 * transaction that waits in this process. Writers of this process queue up; where another process
 * holds the database, they wait without holding up anybody who reads.
 */
export async function connectSqlite(
  path: string,
  { durable = true }: SqliteOptions = {},
): Promise<Connection> {
  const writer = new SQL({ adapter: "sqlite", filename: path, create: true });
  const synchronous = durable ? SYNCHRONOUS : { durable: "OFF", relaxed: "OFF" };
  await patiently(path, async () => {
    await writer.unsafe(`PRAGMA synchronous = ${synchronous.durable}`);
    await writer.unsafe("PRAGMA journal_mode = WAL");
  });
  const reader = new SQL({ adapter: "sqlite", filename: path });
  await reader.unsafe("PRAGMA busy_timeout = 5000");
  let last: Promise<unknown> = Promise.resolve();
  return {
    dialect: "sqlite",
    read: reader,
    write(promised, work) {
      const run = () => patiently(path, () => transaction(writer, synchronous[promised], work));
      const result = last.then(run);
      last = result.catch(() => {});
      return result;
    },
    async [Symbol.asyncDispose]() {
      await last;
      await reader.close();
      await writer.close();
    },
  };
}

async function transaction<T>(
  writer: SQL,
  synchronous: string,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  await writer.unsafe(`PRAGMA synchronous = ${synchronous}`);
  return writer.begin("immediate", work);
}

/** Tries again while another process writes: nothing has been done when SQLite says so. */
async function patiently<T>(path: string, work: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (let wait = 1; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof SQL.SQLiteError ? error.code : "";
      const isBusy = code.startsWith("SQLITE_BUSY");
      if (!isBusy || performance.now() > end) throw kinded(path, code, error);
    }
    await Bun.sleep(wait * (0.5 + Math.random() / 2));
  }
}

function kinded(path: string, code: string, error: unknown): unknown {
  if (code.startsWith("SQLITE_BUSY"))
    return new KindedError(
      "unavailable",
      "the registry's database is busy; try again later",
      error,
    );
  if (code.startsWith("SQLITE_FULL"))
    return new KindedError("unavailable", "the registry's disk is full; try again later", error);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
    return new KindedError("data-loss", `${path} is damaged; restore it from a backup`, error);
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|IOERR)/.test(code))
    return new KindedError("permission-denied", `${path} cannot be written`, error);
  return error;
}
