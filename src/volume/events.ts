import type { State } from "#state";
import { LOCAL } from "./driver.ts";

/** Notes in the store's events what happened to a volume, in Docker's words. */
export function noteVolume(
  { events }: Pick<State, "events">,
  name: string,
  action: string,
  attributes: Readonly<Record<string, string>> = { driver: LOCAL },
): void {
  events.add({ type: "volume", action, actor: name, attributes });
}
