import { fail } from "#errors";
import type { HealthConfig } from "#oci";

/** Nanoseconds in a millisecond. */
const MILLISECOND = 1e6;

/** Docker's where a config says nothing; times in milliseconds. */
const DEFAULTS = { interval: 30_000, timeout: 30_000, startInterval: 5000, retries: 3 };

/** How a container is looked after; times in milliseconds. */
export interface HealthPlan {
  readonly interval: number;
  readonly timeout: number;
  /** How long after its start failures do not count yet. */
  readonly startPeriod: number;
  /** Between checks as long as it is starting. */
  readonly startInterval: number;
  /** So many failures in a row make it unhealthy. */
  readonly retries: number;
}

export function planOf(config: HealthConfig): HealthPlan {
  const time = (nanoseconds: number | undefined, otherwise: number) =>
    nanoseconds ? nanoseconds / MILLISECOND : otherwise;
  return {
    interval: time(config.Interval, DEFAULTS.interval),
    timeout: time(config.Timeout, DEFAULTS.timeout),
    startPeriod: time(config.StartPeriod, 0),
    startInterval: time(config.StartInterval, DEFAULTS.startInterval),
    retries: config.Retries || DEFAULTS.retries,
  };
}

/** Whether there is something to be run; `NONE` takes away what the image has. */
export function hasCheck(config: HealthConfig | undefined): config is HealthConfig {
  const [kind, ...rest] = config?.Test ?? [];
  return kind !== undefined && kind !== "NONE" && rest.length > 0;
}

/**
 * The user's config, checked, with the image's where it says nothing. Fails with
 * `invalid-argument` in Docker's words.
 */
export function mergeHealth(
  user: HealthConfig | undefined,
  image: HealthConfig | undefined,
): HealthConfig | undefined {
  if (user === undefined) return image;
  checkTimes(user);
  const given = Object.entries(user).filter(([, value]) => value && Object(value).length !== 0);
  return { ...image, ...Object.fromEntries(given) };
}

function checkTimes(config: HealthConfig): void {
  for (const key of ["Interval", "Timeout", "StartPeriod", "StartInterval"] as const) {
    const value = config[key] ?? 0;
    if (value !== 0 && value < MILLISECOND)
      fail("invalid-argument", `${key} in Healthcheck cannot be less than 1ms`);
  }
  if ((config.Retries ?? 0) < 0)
    fail("invalid-argument", "Retries in Healthcheck cannot be negative");
}
