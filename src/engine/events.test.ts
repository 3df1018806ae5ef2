import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openState, type State } from "#state";
import { type EventOptions, readEvents } from "./events.ts";

let root: string;
let state: State;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "shale-events-"));
  state = openState(root);
});
afterEach(() => {
  state[Symbol.dispose]();
  rmSync(root, { recursive: true });
});

function note(
  type: "container" | "image" | "network",
  action: string,
  actor: string,
  attributes = {},
) {
  state.events.add({ type, action, actor, attributes });
}

/** The actions of what has happened so far. */
async function actions(filters: NonNullable<EventOptions["filters"]> = {}): Promise<string[]> {
  const found: string[] = [];
  const options = { until: Date.now(), filters };
  // An end at this very moment is one that is past in the next.
  await Bun.sleep(2);
  for await (const { action } of readEvents(state.events, root, options)) found.push(action);
  return found;
}

describe("events", () => {
  test("follow what another process does, after what it did", async () => {
    note("image", "tag", "one");
    using other = openState(root);
    const abort = new AbortController();
    const events = readEvents(state.events, root, { since: 0, signal: abort.signal });
    const next = async () => (await events.next()).value?.actor;
    expect(await next()).toBe("one");
    for (const actor of ["two", "three"])
      other.events.add({ type: "image", action: "tag", actor, attributes: {} });
    expect([await next(), await next()]).toEqual(["two", "three"]);
    const last = next();
    abort.abort(new Error("enough"));
    await expect(last).rejects.toThrow("enough");
  });

  test("end at a time to come, and begin with now", async () => {
    note("image", "tag", "before");
    const found: string[] = [];
    const events = readEvents(state.events, root, { until: Date.now() + 50 });
    for await (const { actor } of events) found.push(actor);
    expect(found).toEqual([]);
  });

  test("are filtered by Docker's rules", async () => {
    const attributes = { image: "box:1", name: "web", stage: "test" };
    note("container", "start", "c0ffee", attributes);
    note("container", "exec_start: sh -c true", "c0ffee", attributes);
    note("container", "health_status: healthy", "beef", { image: "other", name: "db" });
    note("network", "connect", "ab12", { container: "c0ffee", name: "bridge" });
    note("image", "pull", "box:1", { name: "box" });
    expect(await actions({ type: ["image", "network"] })).toEqual(["connect", "pull"]);
    expect(await actions({ container: ["we"] })).toEqual(["start", "exec_start: sh -c true"]);
    expect(await actions({ container: ["c0", "be"] })).toHaveLength(3);
    expect(await actions({ event: ["exec_start", "start"] })).toHaveLength(2);
    expect(await actions({ event: ["health_status"] })).toEqual(["health_status: healthy"]);
    expect(await actions({ image: ["box"] })).toEqual(["start", "exec_start: sh -c true", "pull"]);
    expect(await actions({ label: ["stage=test", "name"] })).toHaveLength(2);
    expect(await actions({ label: ["stage=test", "nosuch"] })).toEqual([]);
    expect(await actions({ network: ["bridge"], scope: ["local"] })).toEqual(["connect"]);
    expect(await actions({ scope: ["swarm"] })).toEqual([]);
    await expect(actions({ nosuch: ["x"] })).rejects.toThrow("Invalid filter 'nosuch'");
  });
});
