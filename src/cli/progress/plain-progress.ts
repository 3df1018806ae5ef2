import type { BuildEvent } from "#build";
import { printable } from "../output/index.ts";
import type { BuildProgress } from "./build-progress.ts";
import { Transcript } from "./transcript.ts";

/**
 * Lines that read well in a log, in the form of `docker build --progress=plain`: every line
 * carries the number of its step, and the step's name comes again when another one spoke between.
 */
export function plainProgress(write: (text: string) => void): BuildProgress {
  const transcript = new Transcript();
  let current: number | undefined;

  function say(number: number, text: string): void {
    if (current !== number) switchTo(number);
    write(`#${number} ${printable(text)}\n`);
  }

  function switchTo(number: number): void {
    const previous = current === undefined ? undefined : transcript.step(current);
    if (previous?.state === "running") write(`#${current} ...\n`);
    const gap = current === undefined ? "" : "\n";
    write(`${gap}#${number} ${printable(transcript.step(number).name)}\n`);
    current = number;
  }

  function log(number: number, lines: readonly string[], time: number): void {
    const { started } = transcript.step(number);
    for (const line of lines) say(number, `${seconds(time - started, 3)} ${line}`);
  }

  function over(event: { step: number; time: number }, text: string): void {
    log(event.step, transcript.flush(event.step), event.time);
    say(event.step, text);
  }

  return {
    handle(event: BuildEvent) {
      const lines = transcript.add(event);
      switch (event.type) {
        case "start":
          return switchTo(event.step);
        case "log":
          return log(event.step, lines, event.time);
        case "detail":
          return say(event.step, event.text);
        case "done": {
          const took = seconds(event.time - transcript.step(event.step).started, 1);
          return over(event, event.cached ? "CACHED" : `DONE ${took}s`);
        }
        case "cancelled":
          return over(event, "CANCELED");
        case "failed":
          return over(event, `ERROR: ${event.message.split("\n")[0]}`);
        case "warning":
          return write(`${current === undefined ? "" : "\n"}${warningText(event)}\n`);
        case "image":
          return undefined;
      }
    },
    end() {},
  };
}

/** A warning with its place in the Dockerfile. */
export function warningText({ message, line }: { message: string; line?: number }): string {
  return printable(`[Warning] ${message}${line === undefined ? "" : ` (line ${line})`}`);
}

function seconds(milliseconds: number, digits: number): string {
  return (Math.max(milliseconds, 0) / 1000).toFixed(digits);
}
