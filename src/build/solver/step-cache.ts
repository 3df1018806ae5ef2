import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ContentStore } from "#content";
import { lockFile } from "#kernel";
import { type DiffId, type Digest, hexOf } from "#oci";
import type { Lease, State } from "#state";

/** What a step made. */
export interface StepResult {
  /** The layer of its changes; undefined when it changed nothing. */
  readonly layer: DiffId | undefined;
  /** Bytes of the layer's tar. */
  readonly size: number;
  /** When it was made: RFC 3339, to be found again in the image's history. */
  readonly created: string;
}

/** How many different steps may hold a lock at once; two steps that share one take turns. */
const LOCK_PREFIX_DIGITS = 2;

/**
 * The results of steps by key, shared by all builds of a store. A key covers everything a step
 * reads, its root file system by content included, so that equal keys mean equal results.
 */
export class StepCache {
  readonly #state: State;
  readonly #content: ContentStore;
  readonly #lease: Lease;
  readonly #locks: string;

  constructor(options: { state: State; content: ContentStore; lease: Lease; locks: string }) {
    this.#state = options.state;
    this.#content = options.content;
    this.#lease = options.lease;
    this.#locks = options.locks;
  }

  /** The remembered result; its layer is held before it is looked for, and is there. */
  find(key: Digest): StepResult | undefined {
    const row = this.#state.cache.use(key);
    if (row === undefined) return undefined;
    const result = JSON.parse(row.result) as StepResult;
    return result.layer === undefined || this.#hasLayer(result.layer) ? result : undefined;
  }

  put(key: Digest, description: string, result: StepResult): void {
    this.#state.cache.put({
      key,
      description,
      result: JSON.stringify(result),
      layers: result.layer === undefined ? [] : [result.layer],
      size: result.size,
    });
  }

  /** Whoever holds this works on the step alone, in this process and in all others. */
  async lock(key: Digest, signal: AbortSignal): Promise<AsyncDisposable> {
    mkdirSync(this.#locks, { recursive: true });
    const file = join(this.#locks, `build-${hexOf(key).slice(0, LOCK_PREFIX_DIGITS)}`);
    return lockFile(file, "exclusive", { signal });
  }

  #hasLayer(layer: DiffId): boolean {
    this.#lease.hold("layer", layer);
    return this.#state.layers.of(layer).some(({ blob }) => this.#content.stat(blob) !== undefined);
  }
}
