import type { BuildEvent, BuildWarning } from "#build";
import { printable } from "../output/index.ts";
import type { BuildProgress } from "./build-progress.ts";
import { Transcript } from "./transcript.ts";

/**
 * Lines that read well in a log, in the form of `docker build --progress=plain`: every line
 * carries the number of its step, and the step's name comes again when another one spoke between.
 */
export function plainProgress(write: (text: string) => void): BuildProgress {
  return new PlainProgress(write);
}

class PlainProgress implements BuildProgress {
  readonly #write: (text: string) => void;
  readonly #transcript = new Transcript();
  /** The step that spoke last. */
  #current: number | undefined;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  handle(event: BuildEvent): void {
    const lines = this.#transcript.add(event);
    switch (event.type) {
      case "start":
        this.#switchTo(event.step);
        break;
      case "log":
        this.#log(event.step, lines, event.time);
        break;
      case "detail":
        this.#say(event.step, event.text);
        break;
      case "done":
        this.#end(event, event.cached ? "CACHED" : `DONE ${this.#duration(event)}s`);
        break;
      case "cancelled":
        this.#end(event, "CANCELED");
        break;
      case "failed":
        this.#end(event, `ERROR: ${event.message.split("\n")[0]}`);
        break;
      case "warning":
        this.#write(`${this.#gap()}${warningText(event)}\n`);
        break;
    }
  }

  end(): void {}

  #say(number: number, text: string): void {
    if (this.#current !== number) this.#switchTo(number);
    this.#write(`#${number} ${printable(text)}\n`);
  }

  #switchTo(number: number): void {
    const previous = this.#current;
    if (previous !== undefined && this.#transcript.step(previous).state === "running")
      this.#write(`#${previous} ...\n`);
    this.#write(`${this.#gap()}#${number} ${printable(this.#transcript.step(number).name)}\n`);
    this.#current = number;
  }

  #log(number: number, lines: readonly string[], time: number): void {
    const { started } = this.#transcript.step(number);
    for (const line of lines) this.#say(number, `${seconds(time - started, 3)} ${line}`);
  }

  #end({ step, time }: { step: number; time: number }, text: string): void {
    this.#log(step, this.#transcript.flush(step), time);
    this.#say(step, text);
  }

  #duration({ step, time }: { step: number; time: number }): string {
    return seconds(time - this.#transcript.step(step).started, 1);
  }

  /** An empty line between what two steps say. */
  #gap(): string {
    return this.#current === undefined ? "" : "\n";
  }
}

/** A warning with its place in the Dockerfile. */
export function warningText({ message, line }: BuildWarning): string {
  return printable(`[Warning] ${message}${line === undefined ? "" : ` (line ${line})`}`);
}

function seconds(milliseconds: number, digits: number): string {
  return (Math.max(milliseconds, 0) / 1000).toFixed(digits);
}
