import { expect, test } from "bun:test";
import { type Action, advance, type Status, TRANSITIONS } from "./status.ts";

const STATUSES: Status[] = ["created", "running", "paused", "exited", "removing", "dead"];

test("a container goes only where the table says", () => {
  const ways = (Object.keys(TRANSITIONS) as Action[]).flatMap((action) =>
    STATUSES.map((from) => [action, from] as const),
  );
  const allowed = ways.filter(([action, from]) => TRANSITIONS[action].from.includes(from));
  for (const [action, from] of allowed)
    expect(advance(from, action, "x")).toBe(TRANSITIONS[action].to);
  for (const [action, from] of ways.filter((way) => !allowed.includes(way)))
    expect(() => advance(from, action, "x")).toThrow(`cannot ${action} container x: it is ${from}`);
});

test("a running container is neither started again nor removed", () => {
  expect(() => advance("running", "start", "x")).toThrow();
  expect(() => advance("running", "remove", "x")).toThrow();
  expect(advance("exited", "start", "x")).toBe("running");
});
