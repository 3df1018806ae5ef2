import type { PushEvent } from "#image";
import type { PushedBlob } from "#remote";
import { humanDuration, humanSize, LiveView, type Output, truncateId } from "./output/index.ts";

/** Shows what a push or copy does: a line per layer on a terminal, docker's words on any output. */
export interface PushProgress extends Disposable {
  readonly handle: (event: PushEvent) => void;
  /** A line that has nothing to do with a layer. */
  note(text: string): void;
  /** All is there: what was drawn stays. */
  end(): void;
}

interface Layer {
  /** What became of it; undefined while it is on its way. */
  outcome: string | undefined;
  read: number;
  total: number;
  sent: number;
}

const BAR_WIDTH = 50;
/** Columns that the rest of a line with a bar takes. */
const BESIDE_BAR = 50;

/** What is done to a layer, and what has been done then. */
const VERBS = { push: ["Pushing", "Pushed"], copy: ["Copying", "Copied"] } as const;

type Verbs = (typeof VERBS)[keyof typeof VERBS];

export interface PushProgressOptions {
  readonly output: Output;
  readonly verb?: keyof typeof VERBS;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

export function openPushProgress(options: PushProgressOptions): PushProgress {
  return new PushView(options);
}

class PushView implements PushProgress {
  readonly #output: Output;
  readonly #verbs: Verbs;
  readonly #now: () => number;
  readonly #started: number;
  readonly #layers = new Map<string, Layer>();
  readonly #view: LiveView;

  constructor({ output, verb = "push", now = Date.now }: PushProgressOptions) {
    this.#output = output;
    this.#verbs = VERBS[verb];
    this.#now = now;
    this.#started = now();
    this.#view = new LiveView({ output, render: (columns) => this.#render(columns) });
  }

  readonly handle = (event: PushEvent): void => {
    if (event.kind === "repository") this.note(`The push refers to repository [${event.name}]`);
    else if (event.kind === "pushed") this.#settle(pushedText(event));
    else this.#handleLayer(event);
  };

  note(text: string): void {
    this.#view.log(text);
  }

  end(): void {
    this.#view.close({ erase: this.#layers.size === 0 });
  }

  [Symbol.dispose](): void {
    this.#view.close({ erase: true });
  }

  #handleLayer(event: LayerEvent): void {
    const id = truncateId(event.digest);
    const layer = this.#layers.get(id) ?? { outcome: undefined, read: 0, total: 0, sent: 0 };
    this.#layers.set(id, layer);
    if (event.kind === "sending") Object.assign(layer, event);
    if (event.kind === "sent") layer.outcome = outcomeText(event.blob, this.#verbs);
    if (this.#output.isTerminal) this.#view.update();
    else if (event.kind !== "sending") this.note(`${id}: ${layer.outcome ?? "Preparing"}`);
  }

  /** Lines that will not change any more stay above the view. */
  #settle(text: string): void {
    const done = this.#output.isTerminal
      ? Array.from(this.#layers, ([id, { outcome }]) => `${id}: ${outcome}\n`)
      : [];
    this.#layers.clear();
    this.note(`${done.join("")}${text}`);
  }

  #render(columns: number): string[] {
    const layers = Array.from(
      this.#layers,
      ([id, layer]) => `${id}: ${layerText(layer, this.#verbs, columns)}`,
    );
    return [...layers, ...summaryOf([...this.#layers.values()], this.#now() - this.#started)];
  }
}

type LayerEvent = Extract<PushEvent, { kind: "preparing" | "sending" | "sent" }>;

function pushedText({ tag, digest, size }: Extract<PushEvent, { kind: "pushed" }>): string {
  return `${tag === undefined ? "" : `${tag}: `}digest: ${digest} size: ${size}`;
}

function outcomeText({ how, from }: PushedBlob, [, done]: Verbs): string {
  if (how === "exists") return "Layer already exists";
  return how === "mounted" ? `Mounted from ${from}` : done;
}

function layerText({ outcome, read, total, sent }: Layer, [doing]: Verbs, columns: number) {
  if (outcome !== undefined) return outcome;
  if (total === 0) return "Waiting";
  const sizes = `${humanSize(read, 4)}/${humanSize(total, 4)}`;
  // What is compressed on the way is less when it arrives.
  const arrived = sent < read ? `  ${humanSize(sent, 4)} sent` : "";
  return `${doing}  ${bar(read / total, columns)}${sizes}${arrived}`;
}

function bar(share: number, columns: number): string {
  if (columns < BAR_WIDTH + BESIDE_BAR) return "";
  const done = Math.round(BAR_WIDTH * Math.min(share, 1));
  return `[${`${"=".repeat(done)}>`.slice(0, BAR_WIDTH).padEnd(BAR_WIDTH)}]  `;
}

/** How far all of it is, how fast it goes, and how long it will take at that speed. */
function summaryOf(layers: readonly Layer[], milliseconds: number): string[] {
  const sending = layers.filter(({ total }) => total > 0);
  if (sending.length === 0) return [];
  const sum = (of: (layer: Layer) => number) => sending.reduce((all, layer) => all + of(layer), 0);
  const [read, total, sent] = [sum((l) => l.read), sum((l) => l.total), sum((l) => l.sent)];
  const done = layers.filter(({ outcome }) => outcome !== undefined).length;
  const seconds = Math.max(milliseconds, 1) / 1000;
  const speed = `${humanSize(sent, 4)} sent, ${humanSize(sent / seconds)}/s`;
  const left = read > 0 && read < total ? ((total - read) * milliseconds) / read : 0;
  const remaining = left > 0 ? `, ${humanDuration(left).toLowerCase()} left` : "";
  return [`${done} of ${layers.length} layers done, ${speed}${remaining}`];
}
