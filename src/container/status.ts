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

/** What can happen to it. `retry` is an end after which its restart policy starts it again. */
export type Action = "start" | "exit" | "retry" | "pause" | "unpause" | "kill" | "remove";

interface Transition {
  readonly from: readonly Status[];
  /** It stays as it is when absent. */
  readonly to?: Status;
  /** What Docker says where it cannot happen: by status, and `else`. */
  readonly refusals: Readonly<Partial<Record<Status | "else", (id: string) => string>>>;
}

const notRunning = (id: string) => `Container ${id} is not running`;
const marked = () => "container is marked for removal and cannot be started";

/** The whole state machine. */
export const TRANSITIONS: Readonly<Record<Action, Transition>> = {
  start: {
    from: ["created", "exited", "restarting"],
    to: "running",
    refusals: {
      paused: () => "cannot start a paused container, try unpause instead",
      removing: marked,
      dead: marked,
      else: (id) => `Container ${id} is already running`,
    },
  },
  exit: { from: ["running", "paused", "restarting"], to: "exited", refusals: { else: notRunning } },
  retry: { from: ["running", "paused"], to: "restarting", refusals: { else: notRunning } },
  pause: {
    from: ["running"],
    to: "paused",
    refusals: {
      paused: (id) => `Container ${id} is already paused`,
      restarting: (id) => `Container ${id} is restarting, wait until the container is running`,
      else: notRunning,
    },
  },
  unpause: {
    from: ["paused"],
    to: "running",
    refusals: { else: (id) => `Container ${id} is not paused` },
  },
  kill: { from: ["running", "paused", "restarting"], refusals: { else: notRunning } },
  remove: {
    from: ["created", "exited", "dead", "removing"],
    to: "removing",
    refusals: {
      running: (id) => mustStop("running", id, "Stop"),
      paused: (id) => mustStop("paused", id, "Unpause and then stop"),
      restarting: (id) => mustStop("restarting", id, "Stop"),
    },
  },
};

/** Whether processes of the container may be there. */
export function isUp(status: Status): boolean {
  return status === "running" || status === "paused";
}

/** Whether it has processes or is about to: what Docker calls running. */
export function isActive(status: Status): boolean {
  return isUp(status) || status === "restarting";
}

/** The status after an action; fails with `conflict`, in Docker's words, when it cannot happen now. */
export function advance(
  { id, status }: { readonly id: string; readonly status: Status },
  action: Action,
): Status {
  const { from, to = status, refusals } = TRANSITIONS[action];
  if (from.includes(status)) return to;
  const words = refusals[status] ?? refusals.else;
  return fail("conflict", words?.(id) ?? `cannot ${action} container ${id}: it is ${status}`);
}

function mustStop(status: Status, id: string, procedure: string): string {
  return (
    `You cannot remove a ${status} container ${id}. ` +
    `${procedure} the container before attempting removal or force remove`
  );
}
