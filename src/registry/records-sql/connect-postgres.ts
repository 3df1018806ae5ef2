import { SQL } from "bun";
import { fail } from "#errors";
import type { Connection, Sql } from "./connection.ts";

/** How long a statement is tried again while the server cannot be reached: it may be starting anew. */
const PATIENCE_MS = 5_000;
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1_000;

/** A transaction that lost against others; the server has undone it (SQLSTATE class 40). */
const LOST = ["40001", "40P01"];
/** The server is ending, starting, or has no connection free (classes 08, 53 and 57). */
const AWAY = /^(?:08...|53300|57P0[1-3])$/;

/**
 * A Postgres server, by its URL. What fails because the connection broke, or because another
 * transaction won, is done again, unless it may have been done already: then, and when the server
 * stays away, it fails with `unavailable`.
 */
export function connectPostgres(url: string): Connection {
  const sql = new SQL({ adapter: "postgres", url });
  return {
    dialect: "postgres",
    read: retryingReads(sql),
    write: (promised, work) =>
      retry((attempt) =>
        sql.begin(async (transaction) => {
          if (promised === "relaxed") await transaction`SET LOCAL synchronous_commit TO OFF`;
          const result = await work(transaction);
          attempt.committing = true;
          return result;
        }),
      ),
    async [Symbol.asyncDispose]() {
      await sql.close();
    },
  };
}

/** The same as a tagged template, each statement by itself; `sql(values)` stays what it is. */
function retryingReads(sql: SQL): Sql {
  const read = (first: unknown, ...values: unknown[]) =>
    isTemplate(first)
      ? retry(async () => await sql(first, ...values))
      : (sql as unknown as (value: unknown, ...more: unknown[]) => unknown)(first, ...values);
  return read as unknown as Sql;
}

function isTemplate(value: unknown): value is TemplateStringsArray {
  return Array.isArray(value) && "raw" in value;
}

interface Attempt {
  /** The server has been told to make it last: a broken connection leaves open whether it did. */
  committing: boolean;
}

async function retry<T>(work: (attempt: Attempt) => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const attempt = { committing: false };
    try {
      return await work(attempt);
    } catch (error) {
      const state = stateOf(error);
      if (state === undefined) throw error;
      const mayBeDone = attempt.committing && state === "away";
      if (mayBeDone || performance.now() + wait > end)
        fail("unavailable", "the registry's database cannot be reached; try again later", error);
    }
    await Bun.sleep(wait * (0.5 + Math.random() / 2));
  }
}

/** Whether a failure may pass; undefined for all others. */
function stateOf(error: unknown): "lost" | "away" | undefined {
  if (!(error instanceof SQL.PostgresError)) return undefined;
  const state = String(error.errno ?? "");
  if (LOST.includes(state)) return "lost";
  return AWAY.test(state) || /_(?:CONNECTION|TIMEOUT)/.test(error.code) ? "away" : undefined;
}
