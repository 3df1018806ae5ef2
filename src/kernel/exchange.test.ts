import { expect, test } from "bun:test";
import { kindOf, messageOf } from "#errors";
import { exchange } from "./index.ts";

const LIMITS = { timeout: 10_000, limit: 1000 };

function ask(script: string, limits: Partial<typeof LIMITS> = {}) {
  return exchange(["sh", "-c", script], { input: "hello\n", ...LIMITS, ...limits });
}

async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return [kindOf(error), messageOf(error)];
}

test("gives what was answered, whatever the exit code", async () => {
  expect(await ask("cat; echo oops >&2; exit 3")).toEqual({
    stdout: "hello\n",
    stderr: "oops\n",
    exit: { code: 3 },
  });
});

test("a program that does not read its input is no failure", async () => {
  expect((await ask("exec <&-; echo hi")).stdout).toBe("hi\n");
});

test("too much is refused, too late is ended", async () => {
  expect(await failure(ask("head -c 100000 /dev/zero"))).toEqual([
    "resource-exhausted",
    "sh answers more than 1000 bytes",
  ]);
  expect(await failure(ask("sleep 60 & sleep 60", { timeout: 50 }))).toEqual([
    "unavailable",
    "sh did not answer within 0.05 s",
  ]);
});

test("a program that is missing is named", async () => {
  const missing = exchange(["no-such-program-here"], { input: "", ...LIMITS });
  expect(await failure(missing)).toEqual([
    "failed-precondition",
    "no-such-program-here not found: install it",
  ]);
});
