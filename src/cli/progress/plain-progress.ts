import type { BuildEvent } from "#build";

interface Step {
  readonly name: string;
  readonly started: number;
  over: boolean;
  /** Output that has no newline yet. */
  rest: string;
}

/** Takes the events of a build and shows them in some form. */
export interface BuildProgress {
  handle(event: BuildEvent): void;
  /** No more events come. */
  end(): void;
}

/**
 * Lines that read well in a log, in the form of `docker build --progress=plain`: every line
 * carries the number of its step, and the step's name comes again when another one spoke between.
 */
export function plainProgress(write: (text: string) => void): BuildProgress {
  const steps = new Map<number, Step>();
  let current: number | undefined;

  function say(number: number, text: string): void {
    if (current !== number) switchTo(number);
    write(`#${number} ${text}\n`);
  }

  function switchTo(number: number): void {
    const previous = current === undefined ? undefined : steps.get(current);
    if (previous && !previous.over) write(`#${current} ...\n`);
    write(`${current === undefined ? "" : "\n"}#${number} ${steps.get(number)?.name}\n`);
    current = number;
  }

  function log(number: number, text: string, time: number): void {
    const step = steps.get(number)!;
    const lines = (step.rest + text).split("\n");
    step.rest = lines.pop()!;
    for (const line of lines) say(number, `${seconds(time - step.started, 3)} ${visible(line)}`);
  }

  function over(number: number, text: string, time: number): void {
    const step = steps.get(number)!;
    if (step.rest !== "") log(number, "\n", time);
    say(number, text);
    step.over = true;
  }

  function handle(event: BuildEvent): void {
    switch (event.type) {
      case "start":
        steps.set(event.step, { name: event.name, started: event.time, over: false, rest: "" });
        return switchTo(event.step);
      case "log":
        return log(event.step, event.text, event.time);
      case "detail":
        return say(event.step, event.text);
      case "done":
        return over(event.step, event.cached ? "CACHED" : `DONE ${took(event)}s`, event.time);
      case "cancelled":
        return over(event.step, "CANCELED", event.time);
      case "failed":
        return over(event.step, `ERROR: ${event.message}`, event.time);
      case "warning":
        return write(`${current === undefined ? "" : "\n"}[Warning] ${event.message}\n`);
      case "image":
        return undefined;
    }
  }

  function took({ step, time }: { step: number; time: number }): string {
    return seconds(time - steps.get(step)!.started, 1);
  }

  return { handle, end: () => {} };
}

function seconds(milliseconds: number, digits: number): string {
  return (Math.max(milliseconds, 0) / 1000).toFixed(digits);
}

/** What a carriage return would overwrite is not shown: a log has no cursor. */
function visible(line: string): string {
  return line.replace(/\r$/, "").split("\r").at(-1)!;
}
