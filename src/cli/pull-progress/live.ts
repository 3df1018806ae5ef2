import type { PullEvent } from "#image";
import { humanDuration, humanSize, LiveView, type Output, printable } from "../output/index.ts";
import type { PullProgress } from "./pull-progress.ts";
import { type LayerView, Transfer } from "./transfer.ts";
import { eventText, layerText } from "./words.ts";

const BAR_WIDTH = 50;
/** Columns that the rest of a line with a bar takes. */
const BESIDE_BAR = 50;

/** A line for each layer with what came of it, and below them how it goes with all of it. */
export function livePull(output: Output): PullProgress & { log(text: string): void } {
  let shown: ShownTransfer | undefined;
  const end = (erase = false) => {
    shown?.end(erase);
    shown = undefined;
  };
  const log = (text: string) => (shown?.view ?? logTo(output)).log(printable(text));
  return {
    log,
    handle(event) {
      // What was drawn for a reference stays above what is said next.
      if (event.kind === "begin" || event.kind === "pulled") end();
      const text = eventText(event);
      if (text !== undefined) log(text);
      if (event.kind === "plan") shown = new ShownTransfer(output, new Transfer(event.layers));
      shown?.add(event);
    },
    end,
    [Symbol.dispose]: () => end(true),
  };
}

function logTo(output: Output) {
  return { log: (text: string) => output.write(`${text}\n`) };
}

class ShownTransfer {
  readonly view: LiveView;
  readonly #transfer: Transfer;
  readonly #ticker: ReturnType<typeof setInterval>;

  constructor(output: Output, transfer: Transfer) {
    const render = (columns: number) => renderTransfer(transfer, columns, output.rows, Date.now());
    this.view = new LiveView({ output, render });
    this.#transfer = transfer;
    this.#ticker = setInterval(() => this.view.update(), 500);
  }

  add(event: PullEvent): void {
    this.#transfer.add(event, Date.now());
    this.view.update();
  }

  end(erase: boolean): void {
    clearInterval(this.#ticker);
    this.view.close({ erase });
  }
}

/** The lines to be drawn; where they are too many, finished layers give way first. */
export function renderTransfer(
  transfer: Transfer,
  columns: number,
  rows: number,
  now: number,
): string[] {
  const layers = [...transfer.layers.values()];
  const open = layers.filter(({ state }) => state !== "exists" && state !== "complete");
  const room = rows - 3;
  const drawn = layers.length <= room ? layers : open.slice(0, room);
  const lines = drawn.map((layer) => layerLine(layer, columns));
  return open.length > 0 ? [...lines, summary(transfer, now)] : lines;
}

function layerLine(layer: LayerView, columns: number): string {
  const text = layerText(layer);
  if (layer.state !== "downloading") return text;
  const { bytes, size } = layer;
  return `${text}  ${bar(bytes, size, columns)}${humanSize(bytes, 4)}/${humanSize(size, 4)}`;
}

function bar(bytes: number, total: number, columns: number): string {
  if (columns < BAR_WIDTH + BESIDE_BAR) return "";
  const done = Math.round((BAR_WIDTH * bytes) / Math.max(total, 1));
  return `[${`${"=".repeat(done)}>`.slice(0, BAR_WIDTH).padEnd(BAR_WIDTH)}]  `;
}

/** `12.3MB of 212MB, 25.1MB/s, 8 seconds left`. */
function summary(transfer: Transfer, now: number): string {
  const { bytes, total } = transfer.progress;
  const text = `${humanSize(bytes, 4)} of ${humanSize(total, 4)}`;
  const speed = transfer.speed(now);
  if (!speed) return text;
  const left = humanDuration(((total - bytes) / speed) * 1000).toLowerCase();
  return `${text}, ${humanSize(speed, 3)}/s, ${left} left`;
}
