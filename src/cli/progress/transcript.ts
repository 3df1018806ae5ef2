import type { BuildEvent, StepFailed } from "#build";

/** What is known of a step so far. */
export interface StepView {
  readonly name: string;
  /** Unix milliseconds. */
  readonly started: number;
  state: "running" | "done" | "cached" | "cancelled" | "failed";
  ended: number | undefined;
  /** The last whole lines of output, at most {@link MOST_LINES}. */
  readonly lines: string[];
  /** Output that has no newline yet. */
  rest: string;
  readonly details: string[];
}

const MOST_LINES = 200;
/** A line longer than this is cut: a program may print megabytes without a newline. */
const LONGEST_LINE = 16 * 1024;

/** Keeps what the events of a build say of its steps. */
export class Transcript {
  readonly steps = new Map<number, StepView>();
  failure: StepFailed | undefined;

  /** Takes an event in; gives the lines of output that it completed. */
  add(event: BuildEvent): readonly string[] {
    switch (event.type) {
      case "start":
        this.steps.set(event.step, newStep(event.name, event.time));
        break;
      case "log":
        return this.#log(this.step(event.step), event.text);
      case "detail":
        this.step(event.step).details.push(event.text);
        break;
      case "done":
        this.#end(event.step, event.cached ? "cached" : "done", event.time);
        break;
      case "cancelled":
        this.#end(event.step, "cancelled", event.time);
        break;
      case "failed":
        this.failure ??= event;
        this.#end(event.step, "failed", event.time);
        break;
    }
    return [];
  }

  step(number: number): StepView {
    return this.steps.get(number) ?? newStep("", 0);
  }

  /** The line that a step ended without completing, if there is one. */
  flush(number: number): readonly string[] {
    const step = this.step(number);
    return step.rest === "" ? [] : this.#log(step, "\n");
  }

  #log(step: StepView, text: string): readonly string[] {
    const lines = (step.rest + text).split("\n");
    step.rest = lines.pop()!.slice(-LONGEST_LINE);
    const visible = lines.map(visibleLine);
    step.lines.push(...visible.slice(-MOST_LINES));
    if (step.lines.length > MOST_LINES) step.lines.splice(0, step.lines.length - MOST_LINES);
    return visible;
  }

  #end(number: number, state: StepView["state"], time: number): void {
    const step = this.step(number);
    step.state = state;
    step.ended = time;
  }
}

function newStep(name: string, started: number): StepView {
  return { name, started, state: "running", ended: undefined, lines: [], rest: "", details: [] };
}

/** What a carriage return would overwrite is not shown: a log has no cursor. */
function visibleLine(line: string): string {
  return line.replace(/\r$/, "").split("\r").at(-1)!.slice(0, LONGEST_LINE);
}
