import type { Connection } from "./database.ts";
import type { FactTable } from "./state.ts";

type Value = string | Uint8Array;

const WHERE = "WHERE namespace = $namespace AND key = $key";
const PUT = "INSERT OR REPLACE INTO facts VALUES ($namespace, $key, $value, $now)";

/** What was found out once. */
export function factTable(db: Connection): FactTable {
  const value = (namespace: string, key: string) =>
    db.get<{ value: Value }>(`SELECT value FROM facts ${WHERE}`, { namespace, key })?.value;
  const put = (namespace: string, key: string, value: Value) => {
    db.write("relaxed", PUT, { namespace, key, value, now: Date.now() });
  };
  return {
    put,
    get: (namespace, key) => asText(value(namespace, key)),
    getBytes: (namespace, key) => asBytes(value(namespace, key)),
    all: (namespace) => all(db, namespace),
    putAll: (namespace, entries) =>
      db.transaction("relaxed", () => {
        for (const [key, value] of entries) put(namespace, key, value);
      }),
    delete: (namespace, key) =>
      db.write("relaxed", `DELETE FROM facts ${WHERE}`, { namespace, key }) > 0,
    prune: (namespace, before) =>
      db.write("relaxed", "DELETE FROM facts WHERE namespace = $namespace AND put < $before", {
        namespace,
        before,
      }),
  };
}

function all(db: Connection, namespace: string): Map<string, string> {
  const rows = db.all<{ key: string; value: Value }>(
    "SELECT key, value FROM facts WHERE namespace = $namespace AND typeof(value) = 'text'",
    { namespace },
  );
  return new Map(rows.map((row) => [row.key, row.value as string]));
}

function asText(value: Value | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asBytes(value: Value | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined;
}
