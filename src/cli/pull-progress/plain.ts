import type { PullProgress } from "./pull-progress.ts";
import { Transfer } from "./transfer.ts";
import { eventText, layerText } from "./words.ts";

/** A line for each change of a layer's state, as docker writes them where there is no terminal. */
export function plainPull(write: (text: string) => void): PullProgress {
  let transfer = new Transfer([]);
  const say = (text: string | undefined) => text !== undefined && write(`${text}\n`);
  return {
    handle(event) {
      say(eventText(event));
      if (event.kind === "plan") {
        transfer = new Transfer(event.layers);
        for (const layer of transfer.layers.values()) say(layerText(layer));
      }
      const changed = transfer.add(event, Date.now());
      // That a layer is on its way has been said.
      if (changed && changed.state !== "downloading") say(layerText(changed));
    },
    end() {},
    [Symbol.dispose]() {},
  };
}
