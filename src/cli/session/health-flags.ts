import type { HealthConfig } from "#oci";
import type { FlagSpecs, FlagValues } from "../flags/index.ts";

/** The flags that say how it is found out whether a container is well. */
export const healthFlags = {
  healthCmd: { type: "string", help: "Command to run to check health" },
  healthInterval: {
    type: "duration",
    default: 0,
    help: "Time between running the check (ms|s|m|h) (default 0s)",
  },
  healthRetries: {
    type: "int",
    default: 0,
    help: "Consecutive failures needed to report unhealthy",
  },
  healthStartInterval: {
    type: "duration",
    default: 0,
    help: "Time between running the check during the start period (ms|s|m|h) (default 0s)",
  },
  healthStartPeriod: {
    type: "duration",
    default: 0,
    help: "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h) (default 0s)",
  },
  healthTimeout: {
    type: "duration",
    default: 0,
    help: "Maximum time to allow one check to run (ms|s|m|h) (default 0s)",
  },
  noHealthcheck: { type: "bool", help: "Disable any container-specified HEALTHCHECK" },
} as const satisfies FlagSpecs;

/** What they ask for; undefined where the image's own is to be used. */
export function healthOptions(_flags: FlagValues<typeof healthFlags>): HealthConfig | undefined {
  return undefined;
}
