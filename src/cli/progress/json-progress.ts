import type { BuildEvent } from "#build";
import { digestOf } from "#oci";
import type { BuildProgress } from "./build-progress.ts";

/** One JSON object per line in the shape of BuildKit's `--progress=rawjson` (SolveStatus). */
export function jsonProgress(write: (text: string) => void): BuildProgress {
  const steps = new Map<number, { digest: string; name: string; started: string }>();

  function vertex(number: number, more: object): object {
    return { vertexes: [{ ...steps.get(number), ...more }] };
  }

  function translate(event: BuildEvent): object | undefined {
    switch (event.type) {
      case "start":
        steps.set(event.step, startOf(event));
        return vertex(event.step, {});
      case "log":
        return { logs: [logOf(event, steps.get(event.step)!.digest)] };
      case "detail":
        return { statuses: [statusOf(event, steps.get(event.step)!.digest)] };
      case "done":
        return vertex(event.step, { completed: at(event.time), cached: event.cached });
      case "cancelled":
        return vertex(event.step, { completed: at(event.time), error: "context canceled" });
      case "failed":
        return vertex(event.step, { completed: at(event.time), error: event.message });
      case "warning":
        return { warnings: [{ short: encode(event.message) }] };
      case "image":
        return undefined;
    }
  }

  return {
    handle(event) {
      const status = translate(event);
      if (status !== undefined) write(`${JSON.stringify(status)}\n`);
    },
    end() {},
  };
}

type EventOf<Type extends BuildEvent["type"]> = Extract<BuildEvent, { type: Type }>;

function startOf({ step, name, time }: EventOf<"start">) {
  return { digest: digestOf(`${step} ${name}`), name, started: at(time) };
}

function logOf({ stream, text, time }: EventOf<"log">, vertex: string): object {
  return { vertex, stream, data: encode(text), timestamp: at(time) };
}

function statusOf({ text, time }: EventOf<"detail">, vertex: string): object {
  const timestamp = at(time);
  return { id: text, vertex, current: 0, timestamp, started: timestamp, completed: timestamp };
}

function at(time: number): string {
  return new Date(time).toISOString();
}

/** Go's JSON has bytes in base64. */
function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}
