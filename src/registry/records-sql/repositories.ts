import type { Page } from "../records.ts";
import type { Connection, Sql } from "./connection.ts";

/** The most names of one page. */
const MOST = 10_000;

export async function addRepository(sql: Sql, name: string): Promise<void> {
  await sql`INSERT INTO repositories (name) VALUES (${name}) ON CONFLICT DO NOTHING`;
}

export async function listRepositories(
  { read }: Connection,
  { n = MOST, last = "" }: Page,
): Promise<readonly string[]> {
  const rows: { name: string }[] = await read`
    SELECT name FROM repositories WHERE name > ${last} ORDER BY name LIMIT ${Math.min(n, MOST)}`;
  return rows.map((row) => row.name);
}

export async function listTags(
  { read }: Connection,
  repository: string,
  { n = MOST, last = "" }: Page,
): Promise<readonly string[] | undefined> {
  const rows: { tag: string }[] = await read`
    SELECT tag FROM tags
    WHERE repository = ${repository} AND (lower(tag), tag) > (lower(${last}), ${last})
    ORDER BY lower(tag), tag LIMIT ${Math.min(n, MOST)}`;
  if (rows.length > 0) return rows.map((row) => row.tag);
  const known = await read`SELECT name FROM repositories WHERE name = ${repository}`;
  return known.length > 0 ? [] : undefined;
}
