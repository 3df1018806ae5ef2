import type { SQL } from "bun";

export type Dialect = "sqlite" | "postgres";

/** What statements are run on, as tagged templates: a connection, or a transaction of one. */
export type Sql = SQL;

/** How much a write survives: `durable` a power cut as well, `relaxed` the death of the process. */
export type Promised = "durable" | "relaxed";

/** A database of either dialect. */
export interface Connection extends AsyncDisposable {
  readonly dialect: Dialect;
  /** For statements that only read, each by itself. */
  readonly read: Sql;
  /** Runs `work` as one transaction, which no other one that writes the same rows can interleave. */
  write<T>(promised: Promised, work: (sql: Sql) => Promise<T>): Promise<T>;
}
