import type { HealthConfig } from "#oci";
import type { ContainerStore } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import { type Container, parseContainer } from "../record.ts";
import { isUp } from "../status.ts";
import { type Health, type HealthResult, readHealth, writeHealth } from "./health.ts";
import { type HealthPlan, hasCheck, planOf } from "./health-config.ts";
import { probe } from "./probe.ts";

/** Results that are kept. */
const MOST_RESULTS = 5;

/**
 * Makes one health check and keeps what came of it; gives the seconds until the next, undefined
 * when there is none any more. One that is paused is left alone until later.
 */
export async function checkHealth(store: ContainerStore, id: string): Promise<number | undefined> {
  const container = runningOne(store, id);
  const check = container?.record.config.Healthcheck;
  if (container === undefined || !hasCheck(check)) return undefined;
  const plan = planOf(check);
  if (container.status === "paused") return plan.interval / 1000;
  const health = await checkOnce(store, container, check, plan);
  return health && secondsUntilNext(health, container, plan);
}

/** The time until the next check of a container, seconds. */
export function secondsUntilNext(
  { status }: Health,
  { record: { started = 0 } }: Container,
  { startPeriod, startInterval, interval }: HealthPlan,
): number {
  const isStarting = status === "starting" && Date.now() - started < startPeriod;
  return (isStarting ? startInterval : interval) / 1000;
}

/** Undefined when the container has ended meanwhile: then the result is nobody's. */
async function checkOnce(
  store: ContainerStore,
  container: Container,
  check: HealthConfig,
  plan: HealthPlan,
): Promise<Health | undefined> {
  const result = await probe(store, container, check, plan.timeout);
  const { started } = container.record;
  return store.state.transaction(
    () => {
      const now = runningOne(store, container.id);
      if (now === undefined || now.record.started !== started) return undefined;
      const before = readHealth(store.state, now.id) ?? STARTING;
      const health = judge(before, result, { ...plan, started });
      writeHealth(store.state, now.id, health);
      if (health.status !== before.status) noteEvent(store, now, `health_status: ${health.status}`);
      return health;
    },
    { durable: false },
  );
}

export const STARTING: Health = { status: "starting", failingStreak: 0, log: [] };

/** What a result makes of a container's health (Docker's rules). */
export function judge(
  { status, failingStreak, log }: Health,
  result: HealthResult,
  { startPeriod, retries, started = 0 }: HealthPlan & { readonly started: number | undefined },
): Health {
  const kept = [...log, result].slice(-MOST_RESULTS);
  if (result.exitCode === 0) return { status: "healthy", failingStreak: 0, log: kept };
  const isExcused = status === "starting" && result.start - started < startPeriod;
  const streak = failingStreak + (isExcused ? 0 : 1);
  return { status: streak >= retries ? "unhealthy" : status, failingStreak: streak, log: kept };
}

function runningOne(store: ContainerStore, id: string): Container | undefined {
  const row = store.state.containers.get(id);
  const container = row && parseContainer(row);
  return container && isUp(container.status) ? container : undefined;
}
