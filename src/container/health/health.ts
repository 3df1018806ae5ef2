import type { State } from "#state";
import type { HealthStatus } from "../container-service.ts";
import type { Container } from "../record.ts";
import { isUp } from "../status.ts";

/** Where it is kept: a record's lock would have to be taken for each check. */
const NAMESPACE = "health";

/** One check. Times are Unix milliseconds. */
export interface HealthResult {
  readonly start: number;
  readonly end: number;
  readonly exitCode: number;
  readonly output: string;
}

/** What checks have found out about a container. */
export interface Health {
  readonly status: Exclude<HealthStatus, "none">;
  /** How many checks have failed in a row. */
  readonly failingStreak: number;
  /** The last few, oldest first. */
  readonly log: readonly HealthResult[];
}

type Facts = Pick<State, "facts">;

/** Undefined for one that was never started, or that has no health check. */
export function readHealth({ facts }: Facts, id: string): Health | undefined {
  return parseHealth(facts.get(NAMESPACE, id));
}

/** The same of all containers, by ID. */
export function readAllHealth({ facts }: Facts): (id: string) => Health | undefined {
  const all = facts.all(NAMESPACE);
  return (id) => parseHealth(all.get(id));
}

export function writeHealth({ facts }: Facts, id: string, health: Health): void {
  facts.put(NAMESPACE, id, JSON.stringify(health));
}

/** For a container that is gone. */
export function forgetHealth({ facts }: Facts, id: string): void {
  facts.delete(NAMESPACE, id);
}

function parseHealth(text: string | undefined): Health | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Health);
}

/** In a word: nobody vouches for one that is down; one that never was up has nothing to say. */
export function healthStatus({ status }: Pick<Container, "status">, health?: Health): HealthStatus {
  if (health === undefined) return "none";
  return isUp(status) ? health.status : "unhealthy";
}
