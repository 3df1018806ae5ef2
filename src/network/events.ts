import type { State } from "#state";
import type { Endpoint } from "./network.ts";

/** Notes what happened to a network, in Docker's words. */
export function noteNetwork(
  { events }: Pick<State, "events">,
  action: string,
  id: string,
  attributes: Readonly<Record<string, string>>,
): void {
  events.add({ type: "network", action, actor: id, attributes });
}

/** Notes that a container came to a bridge network, or went. */
export function noteConnection(
  state: Pick<State, "events">,
  action: "connect" | "disconnect",
  container: string,
  name: string,
  { network }: Endpoint,
): void {
  noteNetwork(state, action, network ?? "", { container, name, type: "bridge" });
}
