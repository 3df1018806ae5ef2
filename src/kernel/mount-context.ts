import { ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { checked, cString, lazyLibc } from "./system-call.ts";

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const AT_FDCWD = -100;
/** read-only, nosuid, nodev and noexec have the numbers that mount(2) gives them. */
const COMMON_FLAGS = 15;
/** System calls that have the same number on every processor; old C libraries lack them. */
const SYS_MOVE_MOUNT = 429n;
const SYS_FSOPEN = 430n;
const SYS_FSCONFIG = 431n;
const SYS_FSMOUNT = 432n;

const libc = lazyLibc({
  syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" },
});

/**
 * Mounts with any number of options by fsopen(2) and its kin, which take them one by one. Of an
 * overlay every lower directory is given alone (`lowerdir+`, Linux 6.5), 255 bytes at most each.
 */
export function mountByContext(type: string, target: string, flags: number, options: string): void {
  const what = () => `mount ${type} on ${target}`;
  const context = call(what, SYS_FSOPEN, type, FSOPEN_CLOEXEC);
  try {
    for (const option of splitEscaped(options, ",")) configure(context, option);
    call(what, SYS_FSCONFIG, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    const made = call(what, SYS_FSMOUNT, context, FSMOUNT_CLOEXEC, flags & COMMON_FLAGS);
    attach(made, target, what);
  } finally {
    closeSync(context);
  }
}

function attach(made: number, target: string, what: () => string): void {
  try {
    call(what, SYS_MOVE_MOUNT, made, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
  } finally {
    closeSync(made);
  }
}

function configure(context: number, option: string): void {
  const [key, value] = splitOnce(option);
  if (key === "lowerdir" && value !== undefined)
    for (const layer of splitEscaped(value, ":")) setOption(context, "lowerdir+", unescaped(layer));
  else setOption(context, key, value === undefined ? undefined : unescaped(value));
}

function setOption(context: number, key: string, value: string | undefined): void {
  const command = value === undefined ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
  call(() => `mount option ${key}=${value}`, SYS_FSCONFIG, context, command, key, value ?? 0, 0);
}

/** A system call of numbers and texts. */
function call(what: () => string, number: bigint, ...given: (number | string)[]): number {
  const texts = given.map((value) => (typeof value === "string" ? cString(value) : undefined));
  const [a, b, c, d, e] = given.map((value, at) =>
    BigInt(texts[at] === undefined ? (value as number) : ptr(texts[at])),
  );
  return checked(libc().syscall(number, a ?? 0n, b ?? 0n, c ?? 0n, d ?? 0n, e ?? 0n), what);
}

function splitOnce(option: string): [string, string | undefined] {
  const at = option.indexOf("=");
  return at === -1 ? [option, undefined] : [option.slice(0, at), option.slice(at + 1)];
}

/** Splits where the separator is not behind a backslash. */
function splitEscaped(text: string, separator: string): string[] {
  return text.match(new RegExp(`(?:\\\\.|[^\\\\${separator}])+`, "gs")) ?? [];
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, "$1");
}
