import type { Connection } from "./connection.ts";

export async function knownLocations(
  { read }: Connection,
  locations: readonly string[],
): Promise<ReadonlySet<string>> {
  if (locations.length === 0) return new Set();
  const rows: { location: string }[] = await read`
    SELECT location FROM blobs WHERE location IN ${read([...locations])}`;
  return new Set(rows.map((row) => row.location));
}

export async function knownUploads(
  { read }: Connection,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows: { id: string }[] = await read`SELECT id FROM uploads WHERE id IN ${read([...ids])}`;
  return new Set(rows.map((row) => row.id));
}
