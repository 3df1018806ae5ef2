import type { Network } from "#network";
import type { Runtime } from "#runtime";

/** What a RUN needs to start a container. */
export interface Containers {
  readonly runtime: Runtime;
  readonly network: Network;
}
