import { fail } from "#errors";

/** Where a container is in its life, in Docker's words. */
export type Status =
  | "created"
  | "running"
  | "paused"
  | "restarting"
  | "exited"
  | "removing"
  | "dead";

/** What can happen to it. */
export type Action = "start" | "exit" | "pause" | "unpause" | "remove" | "give-up";

interface Transition {
  readonly from: readonly Status[];
  readonly to: Status;
}

/** The whole state machine. `give-up` is a removal that failed half-way. */
export const TRANSITIONS: Readonly<Record<Action, Transition>> = {
  start: { from: ["created", "exited"], to: "running" },
  exit: { from: ["created", "running", "paused", "exited"], to: "exited" },
  pause: { from: ["running"], to: "paused" },
  unpause: { from: ["paused"], to: "running" },
  remove: { from: ["created", "exited", "dead", "removing"], to: "removing" },
  "give-up": { from: ["removing"], to: "dead" },
};

/** Whether processes of the container may be there. */
export function isUp(status: Status): boolean {
  return status === "running" || status === "paused";
}

/** The status after an action; fails with `conflict` when it cannot happen now. */
export function advance(status: Status, action: Action, name: string): Status {
  const { from, to } = TRANSITIONS[action];
  if (from.includes(status)) return to;
  return fail("conflict", `cannot ${action} container ${name}: it is ${status}`);
}
