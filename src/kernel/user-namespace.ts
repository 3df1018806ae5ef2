import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { fail } from "#errors";
import { freeSubordinateIds } from "./subordinate-ids.ts";
import { requireTool } from "./tool.ts";

const SUBORDINATE_IDS = ["/etc/subuid", "/etc/subgid"];

/** Switches of the system that forbid user namespaces, the value that does, and the way out. */
const SWITCHES = [
  ["kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"],
  ["user/max_user_namespaces", "0", "user.max_user_namespaces=15000"],
  [
    "kernel/apparmor_restrict_unprivileged_userns",
    "1",
    "kernel.apparmor_restrict_unprivileged_userns=0",
  ],
] as const;

let confined: boolean | undefined;

/** Whether this process is root of a user namespace only, not of the machine. */
export function inUserNamespace(): boolean {
  confined ??= readText("/proc/self/uid_map").trim().split(/\s+/).join(" ") !== "0 0 4294967295";
  return confined;
}

/**
 * The beginning of a command that runs as root of a new user namespace, with all subordinate ids
 * of the user, mounts of its own that follow the system's, and a network of its own. Fails with
 * `failed-precondition` when the user has no subordinate ids.
 */
export function newNamespacesCommand(): string[] {
  const unshare = requireTool("unshare");
  requireTool("newuidmap");
  for (const file of SUBORDINATE_IDS) requireSubordinateIds(file);
  const own = ["-U", "--map-root-user", "--map-auto", "-m", "--propagation", "slave", "-n"];
  return [unshare, ...own, "--"];
}

/** Throws why the system did not let a user namespace be made, and what to do about it. */
export function failUserNamespace(said: string): never {
  const closed = SWITCHES.find(([name, value]) => readText(`/proc/sys/${name}`).trim() === value);
  const advice =
    closed === undefined
      ? "run as root, or ask who runs this system to allow them"
      : `run as root, or allow them with "sysctl -w ${closed[2]}" as root`;
  return fail(
    "failed-precondition",
    `this system does not let an ordinary user make a user namespace: ${advice} (${said.trim()})`,
  );
}

function requireSubordinateIds(file: string): void {
  const uid = String(process.getuid!());
  const username = userName(uid);
  const owners = readLines(file).map((line) => line.split(":")[0]);
  if (owners.includes(username) || owners.includes(uid)) return;
  const free = freeSubordinateIds(SUBORDINATE_IDS.flatMap(readLines));
  fail(
    "failed-precondition",
    `user ${username} has no ids in ${file}: run as root, or add them with ` +
      `"usermod --add-subuids ${free} --add-subgids ${free} ${username}"`,
  );
}

/** The runtime's `userInfo` believes the environment; this asks the system first. */
function userName(uid: string): string {
  const rows = readLines("/etc/passwd").map((line) => line.split(":"));
  return rows.find((row) => row[2] === uid)?.[0] ?? userInfo().username;
}

function readLines(file: string): string[] {
  return readText(file).split("\n");
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
