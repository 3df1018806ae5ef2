import { expect, test } from "bun:test";
import type { HostConfig, RestartPolicy } from "../host-config.ts";
import { type ContainerRecord, newRecord } from "../record.ts";
import { checkRestartPolicy, restartDelay, shouldRestart } from "./restart-policy.ts";

function ended(RestartPolicy: RestartPolicy, more: Partial<ContainerRecord> = {}): ContainerRecord {
  const config = { Image: "box" };
  const record = newRecord({ config, hostConfig: { RestartPolicy }, layers: [], mounts: [] });
  return { ...record, exitCode: 1, started: 0, finished: 50, ...more };
}

test("a policy says who is started again", () => {
  const starts = (name: RestartPolicy["Name"], more?: Partial<ContainerRecord>) =>
    shouldRestart(ended({ Name: name }, more));
  expect(starts("no")).toBe(false);
  expect(starts("")).toBe(false);
  expect(starts("always", { exitCode: 0, stopped: true })).toBe(true);
  expect(starts("unless-stopped", { exitCode: 0 })).toBe(true);
  expect(starts("unless-stopped", { stopped: true })).toBe(false);
  expect(starts("on-failure")).toBe(true);
  expect(starts("on-failure", { exitCode: 0 })).toBe(false);
  expect(starts("on-failure", { stopped: true })).toBe(false);
});

test("a failure is tried again so many times", () => {
  const policy = { Name: "on-failure", MaximumRetryCount: 3 } as const;
  const tries = [0, 1, 2, 3].map((restartCount) => shouldRestart(ended(policy, { restartCount })));
  expect(tries).toEqual([true, true, true, false]);
});

test("delays double up to a minute, and a good run makes them short again", () => {
  const delays: number[] = [];
  let record = ended({ Name: "always" });
  for (let count = 0; count < 12; count++) {
    delays.push(restartDelay(record));
    record = { ...record, restartDelay: delays.at(-1) };
  }
  expect(delays).toEqual([
    100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000,
  ]);
  expect(restartDelay({ ...record, finished: 10_000 })).toBe(100);
});

test("a policy that is none is refused in Docker's words", () => {
  const check = (hostConfig: object) => () => checkRestartPolicy(hostConfig as HostConfig);
  const policy = (Name: string, MaximumRetryCount = 0) =>
    check({ RestartPolicy: { Name, MaximumRetryCount } });
  expect(policy("bad")).toThrow("invalid restart policy 'bad'");
  expect(policy("always", 3)).toThrow(
    "maximum retry count cannot be used with restart policy 'always'",
  );
  expect(policy("on-failure", -1)).toThrow("maximum retry count cannot be negative");
  expect(check({ AutoRemove: true, RestartPolicy: { Name: "always" } })).toThrow(
    "can't create 'AutoRemove' container with restart policy",
  );
  expect(policy("on-failure", 3)).not.toThrow();
  expect(check({})).not.toThrow();
});
