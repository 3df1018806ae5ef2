import { afterEach, expect, setSystemTime, test } from "bun:test";
import type { UploadRecord } from "../records.ts";
import { openTestRegistry } from "../testing/test-registry.ts";
import { touching } from "./touching.ts";

const SECOND = 1000;
const UPLOAD: UploadRecord = {
  ...{ id: "u", repository: "a", offset: 0, algorithm: "sha256", state: "" },
  touched: 0,
};

afterEach(() => void setSystemTime());

/** A chunk every `seconds`. */
async function* slowly(seconds: number, chunks: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 1; at <= chunks; at++) {
    setSystemTime(at * seconds * SECOND);
    yield new Uint8Array([at]);
  }
}

test("an upload that is slow is not taken for one that was left", async () => {
  await using registry = await openTestRegistry();
  const { records } = registry.options;
  await records.putUpload(UPLOAD);
  const idle: number[] = [];
  for await (const _ of touching(records, UPLOAD, slowly(8, 10)))
    idle.push((await records.idleUploads(Date.now() - 20 * SECOND)).length);
  expect(idle).toEqual(Array(10).fill(0));
  expect(await records.upload("a", "u")).toMatchObject({ offset: 0, touched: 80 * SECOND });
});

test("the bytes end when the upload was taken away", async () => {
  await using registry = await openTestRegistry();
  const got = await Array.fromAsync(touching(registry.options.records, UPLOAD, slowly(20, 5)));
  expect(got).toHaveLength(1);
});
