import { fail } from "#errors";
import type { MountConfig } from "../host-config.ts";
import { targetFault } from "./mount-config.ts";

/** What mount(8) has for every file system. */
const FLAGS = new Set(
  (
    "defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync mand nomand " +
    "atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime"
  ).split(" "),
);
/** What tmpfs(5) has of its own, with a value. */
const VALUES = new Set(["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"]);
const UNITS = [
  ["g", 1024 ** 3],
  ["m", 1024 ** 2],
  ["k", 1024],
] as const;

/** Options of a mount of type tmpfs, as mount(8) has them. */
export function tmpfsOptions({ ReadOnly, TmpfsOptions = {} }: MountConfig): string[] {
  const { Mode = 0, SizeBytes = 0 } = TmpfsOptions;
  return [
    ...(ReadOnly ? ["ro"] : []),
    ...(Mode === 0 ? [] : [`mode=${Mode.toString(8)}`]),
    ...(SizeBytes === 0 ? [] : [`size=${withUnit(SizeBytes)}`]),
  ];
}

/** Those of `--tmpfs TARGET:OPTIONS`; fails with `invalid-argument` in Docker's words. */
export function parseTmpfs(target: string, text: string): string[] {
  const fault = targetFault(target);
  if (fault !== undefined) fail("invalid-argument", fault);
  const options = text.split(",").filter((option) => option !== "");
  const wrong = options.find((option) => !isKnown(option));
  if (wrong !== undefined) failOption(wrong);
  return options.filter((option) => option !== "defaults");
}

/** As Go prints the key and the value. */
function failOption(option: string): never {
  const parts = option.split("=").map((part) => JSON.stringify(part));
  return fail("invalid-argument", `invalid tmpfs option [${parts.join(" ")}]`);
}

function isKnown(option: string): boolean {
  const [key = "", value] = option.split("=", 2);
  return value === undefined ? FLAGS.has(key) : VALUES.has(key);
}

/** The largest unit of which it is a whole number. */
function withUnit(bytes: number): string {
  const unit = UNITS.find(([, size]) => bytes % size === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`;
}
