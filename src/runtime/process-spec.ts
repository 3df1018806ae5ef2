import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WindowSize } from "#kernel";
import { capabilitySets, containerCapabilities } from "./capabilities.ts";
import type { RuntimeSpec, SpecProcess } from "./runtime-spec.ts";
import type { ResolvedUser } from "./user.ts";

/** How a further process differs from a container's first one. */
export interface ProcessOptions {
  readonly args: readonly string[];
  /** `NAME=value`, complete but for HOME. */
  readonly env: readonly string[];
  readonly cwd: string;
  /** Who it runs as; the first one's user when absent. */
  readonly user?: ResolvedUser;
  /** With all capabilities. */
  readonly privileged?: boolean;
  /** A terminal, of this size. */
  readonly terminal?: WindowSize;
}

/**
 * A further process of a container, confined as the first one is: the rest comes from the
 * config.json that its bundle was started with. The runtime adds the same seccomp filter.
 */
export function createProcessSpec(
  bundleDirectory: string,
  { args, env, cwd, user, privileged = false, terminal }: ProcessOptions,
): SpecProcess {
  const { consoleSize: _, ...first } = readSpec(bundleDirectory).process;
  const ids = user ? idsOf(user) : first.user;
  const bounding = privileged
    ? containerCapabilities({ privileged })
    : (first.capabilities?.bounding ?? []);
  return {
    ...first,
    terminal: terminal !== undefined,
    ...(terminal && { consoleSize: { height: terminal.rows, width: terminal.columns } }),
    user: ids,
    args: [...args],
    env: withHome(env, user?.home ?? homeIn(first.env)),
    cwd,
    capabilities: capabilitySets(ids.uid, bounding),
  };
}

function readSpec(bundleDirectory: string): RuntimeSpec {
  return JSON.parse(readFileSync(join(bundleDirectory, "config.json"), "utf8"));
}

function idsOf({ uid, gid, additionalGids }: ResolvedUser): SpecProcess["user"] {
  return { uid, gid, ...(additionalGids.length > 0 && { additionalGids: [...additionalGids] }) };
}

function withHome(env: readonly string[], home: string): string[] {
  return env.some((entry) => entry.startsWith("HOME=")) ? [...env] : [...env, `HOME=${home}`];
}

function homeIn(env: readonly string[]): string {
  return env.find((entry) => entry.startsWith("HOME="))?.slice("HOME=".length) ?? "/";
}
