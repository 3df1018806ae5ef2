import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindOf } from "#errors";
import { digestOf } from "#oci";
import { recordsSuite } from "../suite/records-suite.ts";
import { openSqliteRecords } from "./open-records.ts";

const directory = mkdtempSync(join(tmpdir(), "shale-records-"));
afterAll(() => rmSync(directory, { recursive: true }));

let count = 0;
recordsSuite("SQLite records", () =>
  openSqliteRecords(join(directory, `${++count}.sqlite`), { durable: false }),
);

test("several processes' worth of writers on one file lose nothing", async () => {
  const path = join(directory, "shared.sqlite");
  const all = await Promise.all([1, 2, 3].map(() => openSqliteRecords(path)));
  const writes = all.flatMap((records, who) =>
    Array.from({ length: 20 }, (_, at) => {
      const text = `${who}-${at}`;
      const blob = { digest: digestOf(text), size: 1, location: `blobs/${text}` };
      return records.addBlob("a", blob);
    }),
  );
  expect(await Promise.all(writes)).toHaveLength(60);
  for (const records of all) {
    expect(await records.knownLocations(["blobs/0-0", "blobs/2-19"])).toHaveProperty("size", 2);
    await records[Symbol.asyncDispose]();
  }
});

test("what is no database is said to be none", async () => {
  const path = join(directory, "notes.txt");
  writeFileSync(path, "not a database at all, whatever its name says ".repeat(100));
  expect(await openSqliteRecords(path).catch(kindOf)).toBe("data-loss");
  const nowhere = join(directory, "nowhere", "registry.sqlite");
  expect(await openSqliteRecords(nowhere).catch(kindOf)).toBe("permission-denied");
});

test("records of a newer program are left alone", async () => {
  const path = join(directory, "newer.sqlite");
  await (await openSqliteRecords(path))[Symbol.asyncDispose]();
  using database = new Database(path);
  database.run("UPDATE registry_schema SET version = 99");
  expect(await openSqliteRecords(path).catch(kindOf)).toBe("failed-precondition");
});
