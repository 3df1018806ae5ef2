import { expect, test } from "bun:test";
import { createAccessLog, type LogFormat } from "./access-log.ts";

const entry = {
  ...{
    time: new Date(0),
    method: "GET",
    route: "tags",
    path: "/v2/a\u001b[31m\u009b\u2028/tags/list",
  },
  ...{ status: 200, bytesIn: 0, bytesOut: 5, durationMs: 1.23456, user: "al\nice" },
};

function linesOf(format: LogFormat): string {
  let text = "";
  const log = createAccessLog(format, (lines) => {
    text += lines;
  });
  log.write(entry);
  log.note("removed\n2 blobs");
  log.flush();
  return text;
}

test("JSON: a line a request, what could be a command of a terminal is escaped", () => {
  const text = linesOf("json");
  const [first = "", second = ""] = text.split("\n");
  expect(JSON.parse(first)).toEqual({
    ...{ time: "1970-01-01T00:00:00.000Z", user: "al\nice", method: "GET", path: entry.path },
    ...{ status: 200, bytes: 5, received: 0, durationMs: 1.235 },
  });
  expect(first).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(second)).toMatchObject({ message: "removed\n2 blobs" });
  expect(text.split("\n")).toHaveLength(3);
});

test("text: the same", () => {
  expect(linesOf("text")).toBe(
    '1970-01-01T00:00:00.000Z - al\\nice "GET /v2/a\\u001b[31m\\u009b\\u2028/tags/list" 200 5 1.2ms "-"\n' +
      "removed\\n2 blobs\n",
  );
});

test("none: nothing; a path of any length is cut", () => {
  expect(linesOf("none")).toBe("");
  let text = "";
  const log = createAccessLog("json", (lines) => {
    text += lines;
  });
  log.write({ ...entry, path: "x".repeat(100_000) });
  log.flush();
  expect(text.length).toBeLessThan(1500);
});
