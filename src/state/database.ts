import { SQLiteError, type SQLQueryBindings, Database as Sqlite, type Statement } from "bun:sqlite";
import { dirname } from "node:path";
import { fail, type Kind, KindedError, kindOf } from "#errors";
import { isDiskFull } from "./reserve.ts";

/** Values by the name they have in the statement, without the `$`. */
export type Values = Record<string, SQLQueryBindings>;

/** How much a write survives: `durable` a power cut as well, `relaxed` the death of the process. */
export type Promised = "durable" | "relaxed";

/** SQLite's numbers for PRAGMA synchronous. */
const SYNCHRONOUS = { durable: 2, relaxed: 1 } as const;

const KINDS: readonly (readonly [prefix: string, kind: Kind, advice: string])[] = [
  ["SQLITE_BUSY", "unavailable", "another process has held it for too long; try again"],
  ["SQLITE_LOCKED", "unavailable", "another process has held it for too long; try again"],
  ["SQLITE_FULL", "resource-exhausted", "no space left on the disk; free some and try again"],
  ["SQLITE_IOERR", "data-loss", "the disk cannot be read or written; the kernel's log says why"],
  ["SQLITE_READONLY", "permission-denied", "it can only be read; use another root or user"],
  ["SQLITE_CANTOPEN", "permission-denied", "it cannot be opened; use another root or user"],
  ["SQLITE_PERM", "permission-denied", "access denied; use another root or user"],
  ["SQLITE_CORRUPT", "data-loss", "it is damaged; restore it or start with a new root"],
  ["SQLITE_NOTADB", "data-loss", "it is not a database; restore it or start with a new root"],
];

/**
 * One connection. Statements are prepared when first run and kept. WAL with `synchronous` FULL
 * makes a returned write survive a power cut at the price of one fsync; NORMAL leaves that to
 * the next FULL write or checkpoint, in the same order and never half.
 */
export class Connection implements Disposable {
  readonly #sqlite: Sqlite;
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  readonly #makeRoom: () => boolean;
  readonly #statements = new Map<string, Statement>();
  #synchronous: Promised | undefined;
  #savepoints = 0;

  /** `makeRoom` is asked when the disk is full; where it says true, a write is tried again. */
  constructor(path: string, busyTimeoutMs: number, makeRoom: () => boolean) {
    this.#path = path;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#makeRoom = makeRoom;
    this.#sqlite = this.#translated(() => new Sqlite(path, { create: true, strict: true }));
    this.#sqlite.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  }

  /** The first row, if there is one. */
  get<Row>(sql: string, values: Values = {}): Row | undefined {
    return this.#translated(() => this.#statement(sql).get(values) as Row | null) ?? undefined;
  }

  all<Row>(sql: string, values: Values = {}): Row[] {
    return this.#translated(() => this.#statement(sql).all(values) as Row[]);
  }

  /** Runs a statement that writes; gives the number of rows it changed. */
  write(promised: Promised, sql: string, values: Values = {}): number {
    const run = () => this.#translated(() => this.#statement(sql).run(values).changes);
    if (this.#sqlite.inTransaction) return run();
    this.#promise(promised);
    return this.#withRoom(run);
  }

  /** Statements that take no values, such as a schema or a PRAGMA. */
  script(sql: string): void {
    this.#translated(() => this.#sqlite.run(sql));
  }

  /** Whether nothing was ever written to it, not even the mode of its log. */
  isEmpty(): boolean {
    return this.get<{ page_count: number }>("PRAGMA page_count")!.page_count === 0;
  }

  /**
   * Switches to the write-ahead log, for good. Of several processes doing so at once SQLite turns
   * all but one away without heeding the busy timeout, so they try again.
   */
  useWriteAheadLog(): void {
    const deadline = Date.now() + this.#busyTimeoutMs;
    while (!this.#tryWriteAheadLog(deadline)) Bun.sleepSync(5);
  }

  /**
   * Runs `work` as one transaction; inside another one, as a part that can fail on its own. It may
   * be run again: what it does beside the database must bear that.
   */
  transaction<T>(promised: Promised, work: () => T): T {
    if (this.#sqlite.inTransaction) return this.#part(work);
    this.#promise(promised);
    return this.#withRoom(() => this.#bracketed("BEGIN IMMEDIATE", work, "COMMIT", "ROLLBACK"));
  }

  [Symbol.dispose](): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#sqlite.close();
  }

  #tryWriteAheadLog(deadline: number): boolean {
    try {
      this.script("PRAGMA journal_mode = WAL");
      return true;
    } catch (error) {
      if (kindOf(error) !== "unavailable" || Date.now() > deadline) throw error;
      return false;
    }
  }

  #part<T>(work: () => T): T {
    const name = `part${++this.#savepoints}`;
    const undo = `ROLLBACK TO ${name}; RELEASE ${name}`;
    return this.#bracketed(`SAVEPOINT ${name}`, work, `RELEASE ${name}`, undo);
  }

  #bracketed<T>(begin: string, work: () => T, commit: string, undo: string): T {
    this.script(begin);
    try {
      const result = work();
      if (result instanceof Promise) fail("internal", "a transaction must not wait");
      this.script(commit);
      return result;
    } catch (error) {
      if (this.#sqlite.inTransaction) this.script(undo);
      throw error;
    }
  }

  #promise(promised: Promised): void {
    if (this.#synchronous === promised) return;
    this.#sqlite.run(`PRAGMA synchronous = ${SYNCHRONOUS[promised]}`);
    this.#synchronous = promised;
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #withRoom<T>(write: () => T): T {
    for (;;)
      try {
        return write();
      } catch (error) {
        const isFull = kindOf(error) === "resource-exhausted" && isOfSqlite(error);
        if (!isFull || !this.#makeRoom()) throw error;
      }
  }

  #translated<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof SQLiteError ? this.#asKinded(error) : error;
    }
  }

  #asKinded(error: SQLiteError): unknown {
    // It does not tell a full disk from a broken one when it cannot make its shared memory.
    const isFull = error.code?.startsWith("SQLITE_IOERR") && isDiskFull(dirname(this.#path));
    const code = isFull ? "SQLITE_FULL" : error.code;
    const row = KINDS.find(([prefix]) => code?.startsWith(prefix));
    if (!row) return error;
    const [, kind, advice] = row;
    return new KindedError(kind, `store database ${this.#path}: ${advice}`, error);
  }
}

function isOfSqlite(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof SQLiteError;
}
