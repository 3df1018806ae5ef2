import type { ContainerService } from "#container";
import { kindOf } from "#errors";
import { type StatsRow, statsRow } from "./stats-rows.ts";

/** The newest sample of each of the containers that are watched, in the order they came. */
export class StatsCollector implements Disposable {
  readonly #containers: ContainerService;
  readonly #watched = new Map<string, AbortController>();
  readonly #rows = new Map<string, StatsRow>();
  #failure: unknown;

  constructor(containers: ContainerService) {
    this.#containers = containers;
  }

  /** Fails with what sampling has failed with. */
  get rows(): StatsRow[] {
    if (this.#failure !== undefined) throw this.#failure;
    return [...this.#watched.keys()].flatMap((name) => this.#rows.get(name) ?? []);
  }

  get isEmpty(): boolean {
    return this.#watched.size === 0;
  }

  /** Watches exactly these from now on. */
  watchOnly(names: readonly string[]): void {
    for (const [name, stop] of this.#watched) if (!names.includes(name)) stop.abort();
    for (const name of names) if (!this.#watched.has(name)) void this.#watch(name);
  }

  async #watch(name: string): Promise<void> {
    const stop = new AbortController();
    this.#watched.set(name, stop);
    try {
      for await (const stats of this.#containers.stats(name, { signal: stop.signal }))
        this.#rows.set(name, statsRow(name, stats));
    } catch (error) {
      // One that goes away just now is no longer shown, as any that has gone.
      if (kindOf(error) !== "not-found") this.#failure = error;
    } finally {
      this.#watched.delete(name);
      this.#rows.delete(name);
    }
  }

  [Symbol.dispose](): void {
    for (const stop of this.#watched.values()) stop.abort();
  }
}
