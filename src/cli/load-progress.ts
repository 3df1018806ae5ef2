import type { LoadEvent } from "#image";
import { humanSize, LiveView, type Output } from "./output/index.ts";

/** Shows what a load does: a line per layer on a terminal, and what it says on any output. */
export interface LoadProgress extends Disposable {
  readonly handle: (event: LoadEvent) => void;
  /** All is there: what was drawn stays. */
  end(): void;
}

const BAR_WIDTH = 50;
/** Columns that the rest of a line with a bar takes. */
const BESIDE_BAR = 60;

export function openLoadProgress(output: Output): LoadProgress {
  const layers = new Map<string, { bytes: number; total: number }>();
  const view = new LiveView({
    output,
    render: (columns) =>
      [...layers].map(
        ([path, { bytes, total }]) =>
          `${shortName(path)}: Loading layer  ${bar(bytes, total, columns)}` +
          `${humanSize(bytes, 4)}/${humanSize(total, 4)}`,
      ),
  });
  return {
    handle(event) {
      if (event.kind === "renamed") return view.log(renamedText(event));
      layers.set(event.path, event);
      view.update();
    },
    end: () => view.close(),
    [Symbol.dispose]: () => view.close({ erase: true }),
  };
}

/** The digits that stand for a layer, wherever the archive's form has them. */
function shortName(path: string): string {
  const digits = /[0-9a-f]{64}/.exec(path)?.[0];
  return digits ? digits.slice(0, 12) : path;
}

function bar(bytes: number, total: number, columns: number): string {
  if (columns < BAR_WIDTH + BESIDE_BAR) return "";
  const done = Math.round((BAR_WIDTH * bytes) / Math.max(total, 1));
  return `[${`${"=".repeat(done)}>`.slice(0, BAR_WIDTH).padEnd(BAR_WIDTH)}]  `;
}

function renamedText({ name, old }: Extract<LoadEvent, { kind: "renamed" }>): string {
  return `The image ${name} already exists, renaming the old one with ID ${old} to empty string`;
}
