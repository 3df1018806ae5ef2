import { afterEach, expect, test } from "bun:test";
import { goTime, rfc3339 } from "./local-time.ts";

const zone = process.env.TZ;
afterEach(() => {
  process.env.TZ = zone ?? "UTC";
});

test.each([
  ["UTC", "2026-11-22 13:42:17 +0000 UTC", "2026-11-22T13:42:17Z"],
  ["America/Sao_Paulo", "2026-11-22 10:42:17 -0300 -0300", "2026-11-22T10:42:17-03:00"],
  ["Asia/Kathmandu", "2026-11-22 19:27:17 +0545 +0545", "2026-11-22T19:27:17+05:45"],
])("%s", (name, go, rfc) => {
  process.env.TZ = name;
  const moment = Date.UTC(2026, 10, 22, 13, 42, 17, 999);
  expect([goTime(moment), rfc3339(moment)]).toEqual([go, rfc]);
});
