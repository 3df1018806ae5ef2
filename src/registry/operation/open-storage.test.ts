import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindOf, messageOf } from "#errors";
import { openStorage, type StorageOptions } from "./open-storage.ts";

const root = mkdtempSync(join(tmpdir(), "shale-open-"));
afterAll(() => rmSync(root, { recursive: true }));

const keys = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "very-secret" };

async function refusal(options: Partial<StorageOptions>): Promise<string> {
  const opening = openStorage({ root, environment: keys, ...options });
  return opening.then(
    () => "opened",
    (error) => `${kindOf(error)}: ${messageOf(error)}`,
  );
}

test("everything is in one directory, unless something else is said", async () => {
  const [database, storage] = [join(root, "elsewhere/records.sqlite"), join(root, "bytes")];
  await using _one = await openStorage({ root, environment: {} });
  await using _other = await openStorage({ root, environment: {}, database, storage });
  for (const path of ["registry.sqlite", "uploads", "elsewhere/records.sqlite", "bytes/uploads"])
    expect(existsSync(join(root, path))).toBe(true);
});

test.each(["s3://", "s3://b/a/../c", "s3://b?x=y", "ftp://host/b", "s3:/b"])(
  "no storage: %s",
  async (storage) => {
    expect(await refusal({ storage })).toContain("write s3://bucket/prefix");
  },
);

test("what S3 needs and is not set is named", async () => {
  const storage = "s3://bucket";
  expect(await refusal({ storage, environment: {} })).toBe(
    "invalid-argument: AWS_ACCESS_KEY_ID is not set: S3 needs it",
  );
  const endpoint = { ...keys, AWS_ENDPOINT_URL: "localhost:9000" };
  expect(await refusal({ storage, environment: endpoint })).toContain("AWS_ENDPOINT_URL is no URL");
});

test.each(["mysql://user:very-secret@host/db", "postgres:very-secret"])(
  "no database: %s",
  async (database) => {
    const message = await refusal({ database });
    expect(message).toContain("write postgres://user@host/database");
    expect(message).not.toContain("very-secret");
  },
);
