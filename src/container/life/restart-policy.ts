import { fail } from "#errors";
import type { HostConfig, RestartPolicy } from "../host-config.ts";
import type { ContainerRecord } from "../record.ts";

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** Who has run so long starts anew with the first delay. */
const GOOD_RUN_MS = 10_000;
const NAMES: readonly string[] = ["", "no", "always", "on-failure", "unless-stopped"];

/** Fails with `invalid-argument`, in Docker's words, for a policy that is none. */
export function checkRestartPolicy({ RestartPolicy, AutoRemove }: HostConfig): void {
  const { Name = "", MaximumRetryCount: most = 0 } = RestartPolicy ?? {};
  if (!NAMES.includes(Name)) fail("invalid-argument", `invalid restart policy '${Name}'`);
  if (Name !== "on-failure" && most !== 0)
    fail(
      "invalid-argument",
      `maximum retry count cannot be used with restart policy '${Name || "no"}'`,
    );
  if (most < 0) fail("invalid-argument", "maximum retry count cannot be negative");
  if (AutoRemove && isSet(RestartPolicy))
    fail("invalid-argument", "can't create 'AutoRemove' container with restart policy");
}

/** Whether one that is down and has ended with this record is to be started by its policy. */
export function shouldRestart({ hostConfig, ...record }: ContainerRecord): boolean {
  const { Name = "no", MaximumRetryCount: most = 0 } = hostConfig.RestartPolicy ?? {};
  const { stopped = false, restartCount = 0, exitCode } = record;
  if (Name === "always") return true;
  if (Name === "unless-stopped") return !stopped;
  if (Name !== "on-failure" || stopped) return false;
  return exitCode !== 0 && (most === 0 || restartCount < most);
}

/**
 * Milliseconds from its end to the next start of one that should restart: ever twice as many,
 * up to a minute, and few again after it has run for a while.
 */
export function restartDelay({
  restartDelay: last,
  started = 0,
  finished = 0,
}: ContainerRecord): number {
  if (last === undefined || finished - started >= GOOD_RUN_MS) return FIRST_DELAY_MS;
  return Math.min(last * 2, LONGEST_DELAY_MS);
}

export function isSet(policy: RestartPolicy | undefined): boolean {
  return policy !== undefined && policy.Name !== "" && policy.Name !== "no";
}
