import { clipLine } from "./clip.ts";
import type { Output } from "./stdio.ts";
import { displayWidth } from "./text.ts";

export interface LiveViewOptions {
  readonly output: Output;
  /** The lines to show now; asked for at each redraw. May hold colours. */
  readonly render: (columns: number) => readonly string[];
  /** Milliseconds between redraws; 100 by default. */
  readonly interval?: number;
}

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[J";

/**
 * A block of lines at the end of a terminal that is redrawn in place, with a log that scrolls away
 * above it. Where the output is no terminal nothing is drawn and only the log is written.
 */
export class LiveView implements Disposable {
  private readonly output: Output;
  private readonly render: LiveViewOptions["render"];
  private readonly interval: number;
  private readonly enabled: boolean;
  private drawn: readonly string[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private state: "fresh" | "drawn" | "closed" = "fresh";

  constructor({ output, render, interval = 100 }: LiveViewOptions) {
    this.output = output;
    this.render = render;
    this.interval = interval;
    this.enabled = output.isTerminal;
  }

  /** Something changed: redraws soon, however often it is called. */
  update(): void {
    if (!this.draws() || this.timer !== undefined) return;
    this.timer = setTimeout(() => this.draw(), this.interval);
    this.timer.unref();
  }

  /** Writes lines above the block, which stay. */
  log(text: string): void {
    const whole = text.endsWith("\n") ? text : `${text}\n`;
    const erase = this.erasure();
    this.drawn = [];
    this.output.write(erase + whole);
    this.draw();
  }

  /** Redraws at once. */
  draw(): void {
    this.cancelTimer();
    if (!this.draws()) return;
    const { columns, rows } = this.output;
    const lines = this.render(columns).slice(-Math.max(1, rows - 1));
    const clipped = lines.map((line) => clipLine(line, columns - 1));
    const hide = this.state === "fresh" ? HIDE_CURSOR : "";
    this.state = "drawn";
    this.output.write(hide + this.erasure() + clipped.map((line) => `${line}\n`).join(""));
    this.drawn = clipped;
  }

  /** Draws a last time and leaves the lines there; or takes them away. */
  close({ erase = false }: { erase?: boolean } = {}): void {
    if (!erase) this.draw();
    this.cancelTimer();
    const show = this.state === "drawn" ? SHOW_CURSOR : "";
    const text = (erase ? this.erasure() : "") + show;
    this.state = "closed";
    this.drawn = [];
    if (text !== "") this.output.write(text);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private draws(): boolean {
    return this.enabled && this.state !== "closed";
  }

  /** Moves to the first line drawn and clears from there; lines may have wrapped since. */
  private erasure(): string {
    const { columns } = this.output;
    const rows = this.drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)),
      0,
    );
    return rows > 0 ? `\x1b[${rows}A\r${CLEAR_BELOW}` : "";
  }

  private cancelTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
