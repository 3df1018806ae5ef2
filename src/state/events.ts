import type { Connection } from "./database.ts";
import type { EventRow, EventTable } from "./state.ts";

type Stored = Omit<EventRow, "attributes"> & { attributes: string };

/** How many are kept, give or take {@link TRIM_EVERY}. */
const MOST = 10_000;
const TRIM_EVERY = 256;

const INSERT = `
  INSERT INTO events (time, type, action, actor, attributes)
  VALUES ($time, $type, $action, $actor, $attributes)`;

/** What has happened in the store. */
export function eventTable(db: Connection): EventTable {
  const rows = (condition: string, values: Record<string, number>) =>
    db.all<Stored>(`SELECT * FROM events WHERE ${condition} ORDER BY id`, values).map(asRow);
  const latest = () => db.get<{ id: number | null }>("SELECT max(id) AS id FROM events")?.id ?? 0;
  return {
    latest,
    add: ({ type, action, actor, attributes }) => {
      const text = JSON.stringify(attributes);
      db.transaction("relaxed", () => {
        db.write("relaxed", INSERT, { time: Date.now(), type, action, actor, attributes: text });
        if (latest() % TRIM_EVERY === 0) trim(db, latest() - MOST);
      });
    },
    after: (id) => rows("id > $id", { id }),
    between: (since, until) => rows("time >= $since AND time <= $until", { since, until }),
  };
}

function trim(db: Connection, last: number): void {
  db.write("relaxed", "DELETE FROM events WHERE id <= $last", { last });
}

function asRow(row: Stored): EventRow {
  return { ...row, attributes: JSON.parse(row.attributes) };
}
