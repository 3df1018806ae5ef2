// The registry's records on PostgreSQL. Needs Debian's postgresql.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { digestOf } from "../../src/oci/index.ts";
import { openPostgresRecords } from "../../src/registry/index.ts";
import { recordsSuite } from "../../src/registry/suite/records-suite.ts";
import { type Postgres, startPostgres } from "./postgres.ts";

let postgres: Postgres;
let count = 0;

beforeAll(async () => {
  postgres = await startPostgres();
}, 30_000);
afterAll(() => postgres[Symbol.asyncDispose]());

const database = () => postgres.database(`registry${++count}`);

function blob(text: string, id = "1") {
  return { digest: digestOf(text), size: text.length, location: `blobs/${text}/${id}` };
}

function upload(id: string) {
  return { id, repository: "a", offset: 0, algorithm: "sha256" as const, state: "", touched: 0 };
}

test("replicas that start at once agree on the tables", async () => {
  const url = database();
  const all = await Promise.all(Array.from({ length: 8 }, () => openPostgresRecords(url)));
  await all[0]?.addBlob("a", blob("x"));
  for (const records of all) {
    expect(await records.blob("a", digestOf("x"))).toEqual(blob("x"));
    await records[Symbol.asyncDispose]();
  }
});

test("of many who add to an upload, and of many who end it, one does", async () => {
  const url = database();
  const all = await Promise.all(Array.from({ length: 4 }, () => openPostgresRecords(url)));
  await all[0]?.putUpload(upload("u"));
  const moved = await Promise.all(
    all.map((records, at) => records.advanceUpload({ ...upload("u"), offset: at + 1 }, 0)),
  );
  expect(moved.filter(Boolean)).toHaveLength(1);
  const ended = await Promise.all([
    ...all.map((records) => records.finishUpload(upload("u"), blob("x"))),
    ...all.map((records) => records.deleteUpload("u")),
  ]);
  expect(ended.filter(Boolean)).toHaveLength(1);
  for (const records of all) await records[Symbol.asyncDispose]();
});

test("a crash of the server: what was told is kept, and work goes on", async () => {
  await using records = await openPostgresRecords(database());
  await records.addBlob("a", blob("before"));
  await postgres.stop();
  const reading = records.blob("a", digestOf("before"));
  const writing = records.addBlob("a", blob("during"));
  await Bun.sleep(300);
  await postgres.start();
  expect(await reading).toEqual(blob("before"));
  expect(await writing).toEqual(blob("during"));
  expect(await records.blob("a", digestOf("during"))).toEqual(blob("during"));
}, 20_000);

test("a server that stays away is told of, without what the URL holds", async () => {
  await using records = await openPostgresRecords(database());
  await postgres.stop();
  const failures = [records.blob("a", digestOf("x")), records.addBlob("a", blob("x"))];
  for (const { reason } of (await Promise.allSettled(failures)) as PromiseRejectedResult[])
    expect([reason.kind, reason.message]).toEqual([
      "unavailable",
      "the registry's database cannot be reached; try again later",
    ]);
  await postgres.start();
  expect(await records.blob("a", digestOf("x"))).toBeUndefined();
}, 20_000);

test("transactions that lose against each other are done again", async () => {
  const url = database();
  const all = await Promise.all([openPostgresRecords(url), openPostgresRecords(url)]);
  const names = Array.from({ length: 40 }, (_, at) => `layer ${at}`);
  for (const name of names) await all[0].addBlob("a", blob(name));
  const links = (blobs: readonly string[]) => ({
    blobs: blobs.map((name) => digestOf(name)),
    manifests: [],
  });
  const put = (at: number) => {
    const bytes = new TextEncoder().encode(`manifest ${at}`);
    const manifest = { digest: digestOf(bytes), mediaType: "text/plain", bytes };
    const order = at % 2 ? names : names.toReversed();
    return all[at % 2]!.putManifest("a", manifest, links(order), [`tag${at}`]);
  };
  const collecting = Array.from({ length: 5 }, (_, at) =>
    all[at % 2]!.collectGarbage(Date.now() - 60_000, { untagged: true }),
  );
  const stored = await Promise.all([
    ...Array.from({ length: 40 }, (_, at) => put(at)),
    ...collecting,
  ]);
  expect(stored.slice(0, 40)).toEqual(Array.from({ length: 40 }, () => ({ missing: [] })));
  expect(await all[0].tags("a", {})).toHaveLength(40);
  for (const records of all) await records[Symbol.asyncDispose]();
}, 20_000);

recordsSuite("Postgres", () => openPostgresRecords(database()));
