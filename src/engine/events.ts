import type { EventRow, EventTable } from "#state";

/** Something that happened. */
export type StoreEvent = EventRow;

export interface EventOptions {
  /** Unix milliseconds; from now on when absent. */
  readonly since?: number;
  /** Ends there; goes on for ever when absent. */
  readonly until?: number;
  /** By Docker's keys: `type`, `event`, `container`, `image`, `volume`, `network`, `label`. */
  readonly filters?: Readonly<Record<string, readonly string[]>>;
  readonly signal?: AbortSignal;
}

/** What has happened in a store and, without an end, what happens. */
export async function* readEvents(
  events: EventTable,
  { since = Date.now(), until = Date.now() }: EventOptions,
): AsyncGenerator<StoreEvent> {
  yield* events.between(since, until);
}
