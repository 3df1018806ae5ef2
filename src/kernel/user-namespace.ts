import { ptr } from "bun:ffi";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { fail } from "#errors";
import { freeSubordinateIds } from "./subordinate-ids.ts";
import { addressOf, checked, cString, openLibc } from "./system-call.ts";
import { requireTool } from "./tool.ts";

const SUBORDINATE_IDS = ["/etc/subuid", "/etc/subgid"];

/** Whether this process is root of a user namespace only, not of the machine. */
export function inUserNamespace(): boolean {
  const map = readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/);
  return map.join(" ") !== "0 0 4294967295";
}

/**
 * Replaces this process by itself (`argv`) as root of a new user namespace with its own mounts
 * and all subordinate ids of the user: what a user without privilege needs to build and run.
 * Fails with `failed-precondition` when the user has no subordinate ids.
 */
export function enterUserNamespace(argv: readonly string[]): never {
  const unshare = requireTool("unshare");
  requireTool("newuidmap");
  for (const file of SUBORDINATE_IDS) requireSubordinateIds(file);
  return replaceProcess([unshare, "-U", "--map-root-user", "--map-auto", "-m", "--", ...argv]);
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
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}

/** execv(3): the environment, the terminal and the pid stay. */
function replaceProcess(argv: readonly string[]): never {
  const libc = openLibc({ execv: { args: ["ptr", "ptr"], returns: "i32" } });
  const texts = argv.map(cString);
  const pointers = new BigUint64Array(argv.length + 1);
  texts.forEach((text, index) => {
    pointers[index] = BigInt(ptr(text));
  });
  checked(libc.execv(addressOf(texts[0]), ptr(pointers)), () => `execute ${argv[0]}`);
  return fail("internal", `execute ${argv[0]} came back`);
}
