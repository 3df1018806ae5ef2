import { type Health, healthStatus } from "../health/health.ts";
import type { Container } from "../record.ts";
import { isUp } from "../status.ts";
import { timestamp } from "./timestamp.ts";

/** Docker's State. One that waits for its restart counts as running there, too. */
export function describeState(container: Container, health: Health | undefined): object {
  const { status, record } = container;
  return {
    Status: status,
    Running: isUp(status) || status === "restarting",
    Paused: status === "paused",
    Restarting: status === "restarting",
    OOMKilled: record.oomKilled ?? false,
    Dead: status === "dead",
    Pid: record.pid ?? 0,
    ExitCode: record.exitCode,
    Error: record.error,
    StartedAt: timestamp(record.started),
    FinishedAt: timestamp(record.finished),
    Health: health && describeHealth(container, health),
  };
}

function describeHealth(container: Container, health: Health): object {
  return {
    Status: healthStatus(container, health),
    FailingStreak: health.failingStreak,
    Log: health.log.map(({ start, end, exitCode, output }) => ({
      Start: timestamp(start),
      End: timestamp(end),
      ExitCode: exitCode,
      Output: output,
    })),
  };
}
