import { fail } from "#errors";
import { booleanFilter, labelFilter } from "#filters";
import type { ContainerSummary, Filters, HealthStatus } from "./container-service.ts";
import type { ContainerStore } from "./container-store.ts";
import { findContainer } from "./find.ts";
import { imageNamed } from "./image-named.ts";
import { portFilter } from "./port-filter.ts";
import type { Container } from "./record.ts";
import type { Status } from "./status.ts";

type Test = (container: ContainerSummary) => boolean;

/** What filters look up. */
interface Known {
  readonly store: ContainerStore;
  /** All of the store, newest first. */
  readonly containers: readonly Container[];
  readonly filters: Filters;
}

const STATUSES: readonly string[] = [
  "created",
  "running",
  "paused",
  "restarting",
  "removing",
  "exited",
  "dead",
] satisfies Status[];
const HEALTHS: readonly string[] = [
  "none",
  "starting",
  "healthy",
  "unhealthy",
] satisfies HealthStatus[];

const TESTS: Readonly<Record<string, (values: readonly string[], known: Known) => Test>> = {
  id: withId,
  name: withName,
  label: withLabels,
  exited: exitedWith,
  status: withStatus,
  health: withHealth,
  ancestor: madeFrom,
  before: olderThan,
  since: newerThan,
  volume: withVolume,
  network: inNetwork,
  publish: publishing,
  expose: exposing,
  "is-task": isTask,
};

/**
 * Docker's rules by key: of several values one is enough, but for labels. IDs and names are
 * regular expressions. Fails with `invalid-argument` for what makes no sense, and with
 * `not-found` for containers to compare with.
 */
export function listFilter(
  store: ContainerStore,
  containers: readonly Container[],
  filters: Filters,
): Test {
  const tests = Object.entries(filters).map(([key, values]) => {
    const make = Object.hasOwn(TESTS, key) ? TESTS[key] : undefined;
    return (make ?? failUnknown(key))(values, { store, containers, filters });
  });
  return (container) => tests.every((test) => test(container));
}

function failUnknown(key: string): never {
  const known = Object.keys(TESTS).join(", ");
  return fail("invalid-argument", `Invalid filter '${key}': there are ${known}`);
}

function withId(values: readonly string[]): Test {
  const matches = patterns(values);
  return ({ id }) => matches(id);
}

function withName(values: readonly string[]): Test {
  const matches = patterns(values);
  return ({ name }) => matches(name) || matches(`/${name}`);
}

/** What is no regular expression matches only itself. */
function patterns(values: readonly string[]): (text: string) => boolean {
  const tests = values.map((value) => {
    try {
      const pattern = new RegExp(value);
      return (text: string) => pattern.test(text);
    } catch {
      return (text: string) => text === value;
    }
  });
  return (text) => tests.some((test) => test(text));
}

function withLabels(_: readonly string[], { filters }: Known): Test {
  const matches = labelFilter(filters);
  return ({ labels }) => matches(labels);
}

function exitedWith(values: readonly string[]): Test {
  const codes = values.map((value) => {
    if (/^[+-]?\d+$/.test(value)) return Number(value);
    const quoted = JSON.stringify(value);
    return fail("invalid-argument", `strconv.Atoi: parsing ${quoted}: invalid syntax`);
  });
  return ({ state, exitCode, started }) =>
    started !== undefined && ["exited", "dead"].includes(state) && codes.includes(exitCode);
}

function withStatus(values: readonly string[]): Test {
  const unknown = values.find((value) => !STATUSES.includes(value));
  if (unknown !== undefined) fail("invalid-argument", `Invalid filter 'status=${unknown}'`);
  return ({ state }) => values.includes(state);
}

function withHealth(values: readonly string[]): Test {
  const unknown = values.find((value) => !HEALTHS.includes(value));
  if (unknown !== undefined)
    fail("invalid-argument", `Unrecognised filter value for health: ${unknown}`);
  return ({ health }) => values.includes(health);
}

/** An image that is not here has no containers. */
function madeFrom(values: readonly string[], { store }: Known): Test {
  const ids = values.map((value) => imageNamed(store.state, value));
  return ({ imageId }) => imageId !== undefined && ids.includes(imageId);
}

function olderThan(values: readonly string[], known: Known): Test {
  const { rankOf, ranks } = ranking(values, known);
  return ({ id }) => ranks.every((rank) => rankOf(id) > rank);
}

function newerThan(values: readonly string[], known: Known): Test {
  const { rankOf, ranks } = ranking(values, known);
  return ({ id }) => ranks.every((rank) => rankOf(id) < rank);
}

/** Places in the order of creation: the newest has 0. */
function ranking(names: readonly string[], { store, containers }: Known) {
  const order = new Map(containers.map(({ id }, rank) => [id, rank]));
  const rankOf = (id: string) => order.get(id) ?? 0;
  const found = names.map((name) => findContainer(store.state.containers, name));
  return { rankOf, ranks: found.map(({ id }) => rankOf(id)) };
}

function withVolume(values: readonly string[]): Test {
  return ({ mounts }) =>
    mounts.some(({ Name, Source, Destination }) =>
      values.some((one) => one === (Name ?? Source) || one === Destination),
    );
}

function inNetwork(values: readonly string[]): Test {
  return ({ networks }) =>
    Object.entries(networks).some(([name, { NetworkID }]) =>
      values.some((value) => value === name || NetworkID.startsWith(value)),
    );
}

function publishing(values: readonly string[]): Test {
  const isAsked = portFilter("publish", values);
  return ({ ports }) =>
    ports.some(({ publicPort, type }) => publicPort !== undefined && isAsked(publicPort, type));
}

function exposing(values: readonly string[]): Test {
  const isAsked = portFilter("expose", values);
  return ({ ports }) => ports.some(({ privatePort, type }) => isAsked(privatePort, type));
}

/** There are no swarm tasks here. */
function isTask(_: readonly string[], { filters }: Known): Test {
  const wanted = booleanFilter(filters, "is-task");
  return () => wanted !== true;
}
