import type { EventRow, EventTable } from "#state";
import { eventFilter } from "./event-filter.ts";
import { watchDatabase } from "./watch-database.ts";

/** Something that happened. */
export type StoreEvent = EventRow;

export interface EventOptions {
  /** Unix milliseconds; from now on when absent. */
  readonly since?: number;
  /** Ends there; goes on for ever when absent. */
  readonly until?: number;
  /**
   * By Docker's keys: `type`, `event`, `container`, `image`, `volume`, `network`, `label`, `scope`,
   * `daemon`. Any other fails with `invalid-argument`.
   */
  readonly filters?: Readonly<Record<string, readonly string[]>>;
  readonly signal?: AbortSignal;
}

/** How long until we look by ourselves, ms: not every file system tells of its changes. */
const PATIENCE = 1000;

/**
 * What has happened in the store at `root` and, unless it is to end in the past, what happens
 * there, whichever process does it. An end in the past without a beginning gives all there is.
 */
export async function* readEvents(
  events: EventTable,
  root: string,
  { since, until = Number.MAX_SAFE_INTEGER, filters = {}, signal }: EventOptions,
): AsyncGenerator<StoreEvent> {
  const isWanted = eventFilter(filters);
  if (until <= Date.now()) yield* events.between(since ?? 0, until).filter(isWanted);
  else
    for await (const event of follow(events, root, { since, until, signal }))
      if (isWanted(event)) yield event;
}

interface Span {
  readonly since: number | undefined;
  readonly until: number;
  readonly signal: AbortSignal | undefined;
}

async function* follow(
  events: EventTable,
  root: string,
  { since, until, signal }: Span,
): AsyncGenerator<StoreEvent> {
  using changes = watchDatabase(root);
  // Asked for before the past is: nothing falls between the two.
  let last = events.latest();
  let next = since === undefined ? [] : events.between(since, until);
  for (;;) {
    for (const event of next) {
      if (event.time > until) return;
      last = event.id;
      yield event;
    }
    const left = until - Date.now();
    if (left < 0) return;
    await changes.next(Math.min(PATIENCE, left + 1), signal);
    next = events.after(last);
  }
}
