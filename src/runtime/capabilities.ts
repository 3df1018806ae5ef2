import { readFileSync } from "node:fs";
import { fail } from "#errors";
import type { SpecCapabilities } from "./runtime-spec.ts";

/** All capabilities in the order of their numbers (linux/capability.h). */
const NAMES = `
CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO
SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG
MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM
BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
`
  .trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`);

/** What Docker gives to every container. */
export const DEFAULT_CAPABILITIES: readonly string[] = `
CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE
SYS_CHROOT KILL AUDIT_WRITE
`
  .trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`);

export interface CapabilityOptions {
  readonly privileged?: boolean;
  /** Names with or without `CAP_`, in any case, and `ALL`. */
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
}

/**
 * The capabilities of a container by Docker's rules for `--cap-add` and `--cap-drop`: `ALL` on
 * one side turns the other into the exceptions. Never more than we have ourselves.
 */
export function containerCapabilities(options: CapabilityOptions): string[] {
  const add = (options.add ?? []).map((name) => normalize(name, "CapAdd"));
  const drop = (options.drop ?? []).map((name) => normalize(name, "CapDrop"));
  const available = availableCapabilities();
  return NAMES.filter((name) => available.has(name) && isGranted(name, add, drop, options));
}

function isGranted(
  name: string,
  add: readonly string[],
  drop: readonly string[],
  { privileged }: CapabilityOptions,
): boolean {
  if (privileged) return true;
  if (add.includes("ALL")) return !drop.includes(name);
  if (drop.includes("ALL")) return add.includes(name);
  return add.includes(name) || (DEFAULT_CAPABILITIES.includes(name) && !drop.includes(name));
}

function normalize(text: string, field: string): string {
  const upper = text.toUpperCase();
  if (upper === "ALL" || upper === "CAP_ALL") return "ALL";
  const name = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (!NAMES.includes(name))
    fail("invalid-argument", `invalid ${field}: unknown capability: "${name}"`);
  return name;
}

/** The bounding set of this process: what it cannot pass on would make the runtime fail. */
function availableCapabilities(): ReadonlySet<string> {
  const status = readFileSync("/proc/self/status", "latin1");
  const bits = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return new Set(NAMES.filter((_, number) => (bits >> BigInt(number)) & 1n));
}

/** A user other than root holds none to begin with, as after execve(2). */
export function capabilitySets(uid: number, bounding: string[]): SpecCapabilities {
  return uid === 0 ? { bounding, effective: bounding, permitted: bounding } : { bounding };
}
