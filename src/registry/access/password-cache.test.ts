import { expect, test } from "bun:test";
import { cachedPasswords } from "./password-cache.ts";

function counted() {
  let checks = 0;
  const file = {
    users: ["alice"],
    verify: async (user: string, password: string) => {
      checks++;
      await Bun.sleep(1);
      return user === "alice" && password === "secret";
    },
  };
  return { file, checks: () => checks };
}

test("a right password is checked once a minute, also by requests at once", async () => {
  const { file, checks } = counted();
  let time = 0;
  const cache = cachedPasswords(file, () => time);
  const answers = await Promise.all([1, 2, 3].map(() => cache.verify("alice", "secret")));
  expect(answers).toEqual([true, true, true]);
  time = 59_000;
  expect(await cache.verify("alice", "secret")).toBe(true);
  expect(checks()).toBe(1);
  time = 60_000;
  expect(await cache.verify("alice", "secret")).toBe(true);
  expect(checks()).toBe(2);
});

test("a wrong password is checked each time, and does not become right", async () => {
  const { file, checks } = counted();
  const cache = cachedPasswords(file);
  expect(await cache.verify("alice", "secret")).toBe(true);
  expect(await cache.verify("alice", "Secret")).toBe(false);
  expect(await cache.verify("alice", "Secret")).toBe(false);
  expect(await cache.verify("bob", "secret")).toBe(false);
  expect(checks()).toBe(4);
});
