import { fail } from "#errors";
import type { State } from "#state";
import type { Network } from "./network.ts";
import type { NetworkService } from "./network-service.ts";

export interface NetworkServiceOptions {
  readonly state: State;
  readonly network: Network;
}

/** The networks of a store. */
export function createNetworkService(_options: NetworkServiceOptions): NetworkService {
  const missing = () => fail("unsupported", "networks are not there yet");
  return {
    create: missing,
    list: missing,
    inspect: missing,
    remove: missing,
    prune: missing,
  };
}
