import { expect, test } from "bun:test";
import { type Action, advance, type Status, TRANSITIONS } from "./status.ts";

const STATUSES: Status[] = [
  "created",
  "running",
  "paused",
  "restarting",
  "exited",
  "removing",
  "dead",
];

test("a container goes only where the table says, and hears why it cannot", () => {
  for (const action of Object.keys(TRANSITIONS) as Action[]) {
    const { from, to } = TRANSITIONS[action];
    for (const status of STATUSES) {
      if (from.includes(status)) expect(advance({ id: "x", status }, action)).toBe(to ?? status);
      else expect(() => advance({ id: "x", status }, action)).toThrow(/[Cc]ontainer/);
    }
  }
});

test("refusals are Docker's", () => {
  const refusal = (status: Status, action: Action) => () => advance({ id: "abc", status }, action);
  expect(refusal("paused", "start")).toThrow(
    "cannot start a paused container, try unpause instead",
  );
  expect(refusal("dead", "start")).toThrow("container is marked for removal and cannot be started");
  expect(refusal("paused", "pause")).toThrow("Container abc is already paused");
  expect(refusal("exited", "pause")).toThrow("Container abc is not running");
  expect(refusal("restarting", "pause")).toThrow(
    "Container abc is restarting, wait until the container is running",
  );
  expect(refusal("running", "unpause")).toThrow("Container abc is not paused");
  expect(refusal("created", "kill")).toThrow("Container abc is not running");
  expect(refusal("paused", "remove")).toThrow(
    "You cannot remove a paused container abc. Unpause and then stop the container before attempting removal or force remove",
  );
});
