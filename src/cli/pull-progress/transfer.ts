import type { PullEvent, PullLayer } from "#image";
import type { Digest } from "#oci";

export type LayerState = "exists" | "pending" | "waiting" | "downloading" | "complete";

export interface LayerView {
  readonly digest: Digest;
  readonly size: number;
  state: LayerState;
  bytes: number;
}

/** Speed is what came in this time: long enough to be calm, short enough to be true. */
const WINDOW_MS = 4000;

/** What is known of the layers of the image that is being pulled. Times are milliseconds. */
export class Transfer {
  readonly layers = new Map<Digest, LayerView>();
  /** When so many bytes were here, oldest first. */
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];

  constructor(layers: readonly PullLayer[]) {
    for (const { digest, size, isHere } of layers)
      this.layers.set(digest, {
        ...{ digest, size, state: isHere ? "exists" : "pending" },
        bytes: 0,
      });
  }

  /** Takes what happened to a layer; gives it when that changed its state. */
  add(event: PullEvent, now: number): LayerView | undefined {
    const layer = "layer" in event ? this.layers.get(event.layer) : undefined;
    if (!layer) return undefined;
    if (event.kind === "progress") this.#advance(layer, event.bytes, now);
    const state = STATES[event.kind];
    if (state === undefined || state === layer.state) return undefined;
    layer.state = state;
    return layer;
  }

  /** Bytes that are fetched and that are to be fetched, of all layers that were missing. */
  get progress(): { readonly bytes: number; readonly total: number } {
    const missing = [...this.layers.values()].filter(({ state }) => state !== "exists");
    return {
      bytes: missing.reduce((sum, { bytes }) => sum + bytes, 0),
      total: missing.reduce((sum, { size }) => sum + size, 0),
    };
  }

  /** Bytes a second; undefined before it can be told. */
  speed(now: number): number | undefined {
    while (this.#samples.length > 2 && now - this.#samples[0]!.at > WINDOW_MS)
      this.#samples.shift();
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    const time = now - (first?.at ?? now);
    return first && last && time > 0 ? ((last.bytes - first.bytes) * 1000) / time : undefined;
  }

  #advance(layer: LayerView, bytes: number, now: number): void {
    layer.bytes = bytes;
    const last = this.#samples.at(-1);
    if (last && now - last.at < 100) return;
    this.#samples.push({ at: now, bytes: this.progress.bytes });
  }
}

const STATES: Partial<Record<PullEvent["kind"], LayerState>> = {
  waiting: "waiting",
  progress: "downloading",
  complete: "complete",
};
