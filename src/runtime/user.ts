import { fail } from "#errors";
import { readBelow } from "./rooted-path.ts";

/** Who a container's process runs as. */
export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** The primary group and those that list the user. */
  readonly additionalGids: readonly number[];
  readonly home: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Docker's range for ids in USER and `--user`. */
const MOST_ID = 2 ** 31 - 1;
/** The kernel's own range: -1 is "no id". */
const MOST_OWNER_ID = 2 ** 32 - 2;
const MOST_BYTES = 16 << 20;

/**
 * Docker's USER, `name|uid[:group|gid]`, by the root file system's /etc/passwd and /etc/group;
 * empty means root. Numbers need no entry. Supplementary groups come with a user that has an
 * entry unless a group is given; the primary group is always among them, so that dropping it
 * gains a process nothing (CVE-2023-25173). Fails with `not-found` in Docker's words.
 */
export function resolveUser(spec: string, rootfs: string): ResolvedUser {
  const [userText = "", groupText = ""] = spec.split(":");
  const entry = findUser(rootfs, userText === "" ? "0" : userText);
  const uid = entry?.uid ?? parseId(userText === "" ? "0" : userText, MOST_ID);
  if (uid === undefined) failNoUser(userText);
  const gid = groupText === "" ? (entry?.gid ?? 0) : resolveGroup(rootfs, groupText, MOST_ID);
  const others = groupText === "" && entry !== undefined ? groupsOf(rootfs, entry.name) : [];
  return { uid, gid, additionalGids: [...new Set([gid, ...others])], home: entry?.home || "/" };
}

/**
 * The ids of `--group-add`'s groups by the root file system's /etc/group; numbers need no entry.
 * Fails with `not-found` in Docker's words.
 */
export function resolveGroups(names: readonly string[], rootfs: string): number[] {
  return names.map((name) => {
    const id = parseId(name, MOST_ID);
    const gid = readGroups(rootfs).find((entry) => entry.name === name)?.gid ?? id;
    if (gid !== undefined) return gid;
    return fail("not-found", `Unable to find group ${name}: no matching entries in group file`);
  });
}

/** Ids of an owner. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The owner that `--chown=user[:group]` names. A number alone is both ids; a name alone has the
 * group of its entry. Fails with `not-found` for a name without an entry.
 */
export function resolveOwner(spec: string, rootfs: string): Owner {
  const [userText = "", groupText = ""] = spec.split(":");
  const id = userText === "" ? 0 : parseId(userText, MOST_OWNER_ID);
  const entry = id === undefined ? (findUser(rootfs, userText) ?? failNoUser(userText)) : undefined;
  const uid = id ?? entry!.uid;
  if (groupText === "") return { uid, gid: entry?.gid ?? uid };
  return {
    uid,
    gid: parseId(groupText, MOST_OWNER_ID) ?? resolveGroup(rootfs, groupText, MOST_ID),
  };
}

function resolveGroup(rootfs: string, text: string, most: number): number {
  const id = parseId(text, most);
  const entry = readGroups(rootfs).find(({ name, gid }) => name === text || gid === id);
  const gid = entry?.gid ?? id;
  if (gid === undefined)
    fail("not-found", `unable to find group ${text}: no matching entries in group file`);
  return gid;
}

function findUser(rootfs: string, text: string): PasswdEntry | undefined {
  const id = parseId(text, MOST_ID);
  return readUsers(rootfs).find(({ name, uid }) => name === text || uid === id);
}

function groupsOf(rootfs: string, user: string): number[] {
  const groups = readGroups(rootfs).filter(({ members }) => members.includes(user));
  return [...new Set(groups.map(({ gid }) => gid))];
}

function failNoUser(text: string): never {
  return fail("not-found", `unable to find user ${text}: no matching entries in passwd file`);
}

/** A decimal id; undefined for a name. Fails with `invalid-argument` when out of range. */
function parseId(text: string, most: number): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  if (Number(text) > most)
    fail("invalid-argument", `uids and gids must be in range 0-${most}: ${text}`);
  return Number(text);
}

function readUsers(rootfs: string): PasswdEntry[] {
  return readRows(rootfs, "/etc/passwd").map(([name = "", , uid, gid, , home = ""]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home,
  }));
}

function readGroups(rootfs: string): GroupEntry[] {
  return readRows(rootfs, "/etc/group").map(([name = "", , gid, members = ""]) => ({
    name,
    gid: Number(gid),
    members: members.split(","),
  }));
}

/** The rows of a colon-separated file; those whose ids are no numbers match nothing. */
function readRows(rootfs: string, path: string): string[][] {
  const text = readBelow(rootfs, path, MOST_BYTES)?.toString("utf8") ?? "";
  const lines = text.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}
