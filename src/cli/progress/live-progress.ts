import { LiveView, type Output, printable } from "../output/index.ts";
import type { BuildProgress } from "./build-progress.ts";
import { warningText } from "./plain-progress.ts";
import { type StepView, Transcript } from "./transcript.ts";

const LOG_LINES = 6;
const BLUE = "\x1b[34m";
const RED = "\x1b[31m";
const FAINT = "\x1b[2m";
const RESET = "\x1b[0m";
const COLOURS = { running: "", done: BLUE, cached: BLUE, cancelled: FAINT, failed: RED } as const;

/** The live view of a terminal: a line per step with its time, the last output of those at work. */
export function liveProgress(output: Output): BuildProgress {
  const transcript = new Transcript();
  const begun = Date.now();
  const render = (columns: number) => renderSteps(transcript, begun, columns, output.rows);
  const view = new LiveView({ output, render });
  const ticker = setInterval(() => view.update(), 200);
  return {
    handle(event) {
      transcript.add(event);
      if (event.type === "warning") view.log(warningText(event));
      else view.update();
    },
    end() {
      clearInterval(ticker);
      view.close();
    },
  };
}

/** The lines of the view: a headline, then the steps; the oldest finished ones give way. */
export function renderSteps(
  { steps }: Transcript,
  begun: number,
  columns: number,
  rows: number,
  now = Date.now(),
): string[] {
  const all = [...steps.values()];
  const finished = all.filter(({ state }) => state !== "running").length;
  const isOver = finished === all.length;
  const headline = `[+] Building ${seconds(now - begun)}s (${finished}/${all.length})${isOver ? " FINISHED" : ""}`;
  const blocks = all.map((step) => renderStep(step, columns, now));
  while (blocks.length > 1 && blocks.flat().length >= rows - 1) blocks.shift();
  return [headline, ...blocks.flat()];
}

function renderStep(step: StepView, columns: number, now: number): string[] {
  const { name, state, started, ended, lines, rest, details } = step;
  const time = `${seconds((ended ?? now) - started)}s`;
  const label = state === "cached" ? "CACHED " : state === "failed" ? "ERROR " : "";
  const text = clip(`${label}${printable(name).replaceAll("\n", " ")}`, columns - time.length - 6);
  const gap = " ".repeat(Math.max(1, columns - text.length - time.length - 5));
  const colour = COLOURS[state];
  const line = ` => ${text}${gap}${time}`;
  const output = state === "running" ? [...lines, rest].filter(Boolean).slice(-LOG_LINES) : [];
  return [
    colour === "" ? line : `${colour}${line}${RESET}`,
    ...details.map((detail) => `${BLUE} => => ${printable(detail)}${RESET}`),
    ...output.map((logged) => `${FAINT} => => # ${printable(logged)}${RESET}`),
  ];
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(most - 1, 0))}…`;
}

function seconds(milliseconds: number): string {
  return (Math.max(milliseconds, 0) / 1000).toFixed(1);
}
