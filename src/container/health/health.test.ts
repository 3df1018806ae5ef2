import { describe, expect, test } from "bun:test";
import { judge, STARTING, secondsUntilNext } from "./check-health.ts";
import { mergeHealth, planOf } from "./health-config.ts";

const plan = { ...planOf({ Retries: 2, StartPeriod: 10e9 }), started: 100_000 };

/** What results make of a container's health, one after the other; ms after the start. */
function healthAfter(...results: readonly [at: number, exitCode: number][]) {
  return results.reduce((health, [at, exitCode]) => {
    const start = plan.started + at;
    return judge(health, { start, end: start + 1, exitCode, output: "" }, plan);
  }, STARTING);
}

describe("health", () => {
  test("is lost after so many failures in a row, and comes back with one success", () => {
    expect(healthAfter([11_000, 1])).toMatchObject({ status: "starting", failingStreak: 1 });
    expect(healthAfter([1000, 0], [2000, 1])).toMatchObject({
      status: "healthy",
      failingStreak: 1,
    });
    expect(healthAfter([1000, 0], [2000, 1], [3000, -1]).status).toBe("unhealthy");
    expect(healthAfter([1000, 0], [2000, 1], [3000, 1], [4000, 0])).toMatchObject({
      ...{ status: "healthy", failingStreak: 0 },
    });
  });

  test("is not lost while it starts", () => {
    const failures = [1000, 2000, 3000, 4000].map((at): [number, number] => [at, 1]);
    expect(healthAfter(...failures)).toMatchObject({ status: "starting", failingStreak: 0 });
    expect(healthAfter(...failures, [11_000, 1], [12_000, 1]).status).toBe("unhealthy");
  });

  test("remembers the last five results", () => {
    const codes = [1, 0, 2, 0, 3, 0, 4].map((code, at): [number, number] => [at, code]);
    expect(healthAfter(...codes).log.map(({ exitCode }) => exitCode)).toEqual([2, 0, 3, 0, 4]);
  });

  test("is asked for more often in the start period", () => {
    const container = (started: number) => ({ record: { started } }) as never;
    const times = planOf({ StartPeriod: 60e9, StartInterval: 0.5e9, Interval: 7e9 });
    expect(secondsUntilNext(STARTING, container(Date.now()), times)).toBe(0.5);
    expect(secondsUntilNext(STARTING, container(0), times)).toBe(7);
    const healthy = { ...STARTING, status: "healthy" } as const;
    expect(secondsUntilNext(healthy, container(Date.now()), times)).toBe(7);
  });
});

describe("a health check's config", () => {
  const image = { Test: ["CMD", "true"], Interval: 5e9, Retries: 7 };

  test("takes from the image what the user does not say", () => {
    expect(mergeHealth(undefined, image)).toBe(image);
    expect(mergeHealth({ Test: [], Retries: 2, Timeout: 0 }, image)).toEqual({
      ...image,
      Retries: 2,
    });
    expect(mergeHealth({ Test: ["NONE"] }, image)).toMatchObject({ Test: ["NONE"] });
  });

  test.each([
    [{ Interval: 1000 }, "Interval in Healthcheck cannot be less than 1ms"],
    [{ StartPeriod: -1e9 }, "StartPeriod in Healthcheck cannot be less than 1ms"],
    [{ Retries: -1 }, "Retries in Healthcheck cannot be negative"],
  ])("%j: %s", (config, message) => {
    expect(() => mergeHealth(config, image)).toThrow(message);
  });
});
