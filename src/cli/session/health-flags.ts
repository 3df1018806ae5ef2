import { fail } from "#errors";
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

type Flags = FlagValues<typeof healthFlags>;

/** Nanoseconds in a millisecond. */
const MILLISECOND = 1e6;

/**
 * What they ask for; undefined where the image's own is to be used. Fails with `invalid-argument`
 * in Docker's words.
 */
export function healthOptions(flags: Flags): HealthConfig | undefined {
  const { healthCmd, noHealthcheck } = flags;
  const asked = Object.entries(numbersOf(flags)).filter(([, value]) => value !== 0);
  const isAsked = asked.length > 0 || Boolean(healthCmd);
  if (noHealthcheck && isAsked)
    fail("invalid-argument", "--no-healthcheck conflicts with --health-* options");
  if (noHealthcheck) return { Test: ["NONE"] };
  if (!isAsked) return undefined;
  const test = healthCmd ? { Test: ["CMD-SHELL", healthCmd] } : {};
  return { ...test, ...Object.fromEntries(asked) };
}

function numbersOf(flags: Flags): Omit<HealthConfig, "Test"> {
  const number = (name: string, value: number) =>
    value < 0 ? fail("invalid-argument", `--health-${name} cannot be negative`) : value;
  const time = (name: string, milliseconds: number) =>
    Math.round(number(name, milliseconds) * MILLISECOND);
  return {
    Interval: time("interval", flags.healthInterval),
    Timeout: time("timeout", flags.healthTimeout),
    Retries: number("retries", flags.healthRetries),
    StartPeriod: time("start-period", flags.healthStartPeriod),
    StartInterval: time("start-interval", flags.healthStartInterval),
  };
}
