import { startCompanion } from "../companions.ts";
import { type ContainerStore, placesOf } from "../container-store.ts";
import type { Container } from "../record.ts";
import { STARTING, secondsUntilNext } from "./check-health.ts";
import { readHealth, writeHealth } from "./health.ts";
import { hasCheck, planOf } from "./health-config.ts";

/** Waits, checks, is told how long to wait; ends with the container, which needs no check then. */
const LOOP = 'seconds=$1; shift; while sleep "$seconds" && seconds=$("$@"); do :; done';

/** For a container that has just begun to run: from now on it is looked after, if it is to be. */
export function watchHealth(store: ContainerStore, container: Container): void {
  const { id, record } = container;
  const { Healthcheck } = record.config;
  if (!hasCheck(Healthcheck)) return;
  const { log = [] } = readHealth(store.state, id) ?? {};
  const health = { ...STARTING, log };
  writeHealth(store.state, id, health);
  const seconds = secondsUntilNext(health, container, planOf(Healthcheck));
  const check = [...store.program, "container", "check-health", id];
  startCompanion(placesOf(store, id), "health", [
    "sh",
    "-c",
    LOOP,
    "sh",
    String(seconds),
    ...check,
  ]);
}
