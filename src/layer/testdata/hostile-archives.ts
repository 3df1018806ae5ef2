import { expect } from "bun:test";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "#errors";
import type { ApplyOptions } from "../apply.ts";
import { directory, entry, file, hardlink, listTree, symlink, withSize } from "./fixture.ts";

export type Verdict = { refused: Kind } | { confined: (root: string) => unknown };

export interface HostileArchive {
  /** What the archive tries. */
  readonly attack: string;
  readonly entries: () => Uint8Array[];
  readonly verdict: Verdict;
  /** What happens, in the words of the table. */
  readonly outcome: string;
  readonly limits?: ApplyOptions["limits"];
}

const read = (root: string, path: string) => readFileSync(join(root, path), "utf8");
const names = (root: string, path = ".") => readdirSync(join(root, path)).sort();
const deep = (parts: number) => Array.from({ length: parts }, () => "d").join("/");
/** An entry whose pax record has a NUL in it in the place of a dash. */
const withNul = (path: string) =>
  entry({ path }).map((byte, at) => (byte === 0x2d && at > 512 && at < 1024 ? 0 : byte));
const big = (bytes: number) => entry({ path: "big", size: bytes, sparse: [] });

export const HOSTILE_ARCHIVES: readonly HostileArchive[] = [
  { attack: "an absolute path", entries: () => [file("/etc/passwd")], verdict: { confined: (root) => expect(read(root, "etc/passwd")).toBe("/etc/passwd") }, outcome: "taken as from the root of the layer" },
  { attack: "a path that goes up (`../x`, `a/../../x`)", entries: () => [file("a/../../outside")], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a symlink in place of the root", entries: () => [symlink("/", "/etc")], verdict: { refused: "invalid-argument" }, outcome: "the root can only be a directory" },
  { attack: "a symlink out of the root, written through later", entries: () => [symlink("out", "../../outside"), file("out/owned")], verdict: { confined: (root) => expect(read(root, "outside/owned")).toBe("out/owned") }, outcome: "the link stays as text; the path goes on inside the root" },
  { attack: "an absolute symlink, written through later", entries: () => [symlink("etc2", "/etc"), file("etc2/passwd")], verdict: { confined: (root) => expect(read(root, "etc/passwd")).toBe("etc2/passwd") }, outcome: "`/` is the root of the layer" },
  { attack: "a directory replaced by a symlink mid-way", entries: () => [directory("a"), file("a/b"), symlink("a", "/"), file("a/c")], verdict: { confined: (root) => expect(names(root)).toEqual(["a", "c"]) }, outcome: "the directory goes with its content, what follows lands inside the root" },
  { attack: "a chain of symlinks that ends outside", entries: () => [symlink("x", "y"), symlink("y", "z/.."), symlink("z", "../.."), file("x/f")], verdict: { confined: (root) => expect(read(root, "f")).toBe("x/f") }, outcome: "every step stays inside the root" },
  { attack: "symlinks in a circle", entries: () => [symlink("x", "y"), symlink("y", "x"), file("x/f")], verdict: { refused: "resource-exhausted" }, outcome: "at 40 links, as the kernel does" },
  { attack: "a symlink that multiplies (`l -> a/../a/../…`)", entries: () => [directory("a"), ...Array.from({ length: 30 }, (_, i) => symlink(`l${i}`, `${"a/../".repeat(500)}l${i + 1}`)), file("l0/f")], verdict: { refused: "resource-exhausted" }, outcome: "at 8192 steps of one path" },
  { attack: "a symlink in the place of a file that is written next", entries: () => [symlink("f", "../outside/canary"), file("f", "new")], verdict: { confined: (root) => expect(lstatSync(join(root, "f")).isFile()).toBe(true) }, outcome: "the link is replaced, never followed" },
  { attack: "a hard link to a file outside (`../x`)", entries: () => [hardlink("h", "../outside/canary")], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a hard link to an absolute path", entries: () => [hardlink("h", "/etc/passwd")], verdict: { refused: "invalid-argument" }, outcome: "looked for in the layer, where there is none" },
  { attack: "a hard link to a symlink that leads out", entries: () => [symlink("s", "../outside/canary"), hardlink("h", "s"), file("h", "new")], verdict: { confined: (root) => expect(read(root, "h")).toBe("new") }, outcome: "the link itself gets a second name, and is replaced" },
  { attack: "a hard link through a symlink that leads out", entries: () => [symlink("s", "../outside"), hardlink("h", "s/canary")], verdict: { refused: "invalid-argument" }, outcome: "looked for inside the root, where there is none" },
  { attack: "a hard link to itself", entries: () => [file("f"), hardlink("f", "f")], verdict: { confined: (root) => expect(read(root, "f")).toBe("f") }, outcome: "nothing changes" },
  { attack: "a hard link to a directory", entries: () => [directory("d"), hardlink("h", "d")], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a hard link to the root or to a whiteout", entries: () => [file(".wh.x"), hardlink("h", ".wh.x")], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a hard link to a name that a whiteout removed", entries: () => [file(".wh.x"), hardlink("h", "x")], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a file over a directory", entries: () => [directory("d"), file("d/f"), file("d", "now a file")], verdict: { confined: (root) => expect(read(root, "d")).toBe("now a file") }, outcome: "the last one counts" },
  { attack: "a directory over a file", entries: () => [file("d"), directory("d"), file("d/f")], verdict: { confined: (root) => expect(read(root, "d/f")).toBe("d/f") }, outcome: "the last one counts" },
  { attack: "an entry below a file", entries: () => [file("f"), file("f/x")], verdict: { refused: "failed-precondition" }, outcome: "" },
  { attack: "the same name twice", entries: () => [file("f", "old"), file("f", "new")], verdict: { confined: (root) => expect(read(root, "f")).toBe("new") }, outcome: "the last one counts" },
  { attack: "a whiteout of `.`, `..` or nothing (`.wh..`, `.wh...`, `.wh.`)", entries: () => [file(".wh...")], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a whiteout in a directory above (`../.wh.x`)", entries: () => [file("../.wh.outside")], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a whiteout through a symlink that leads out", entries: () => [symlink("s", "../outside"), file("s/.wh.canary")], verdict: { confined: (root) => expect(readdirSync(root)).toContain("s") }, outcome: "looked for inside the root" },
  { attack: "an opaque mark through a symlink that leads out", entries: () => [symlink("s", "../outside"), file("s/.wh..wh..opq")], verdict: { confined: () => true }, outcome: "a directory inside the root" },
  { attack: "an entry below a whiteout (`.wh.a/b`)", entries: () => [file(".wh.a/b")], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "AUFS metadata (`.wh..wh.plnk/x`, `.wh..wh.aufs`)", entries: () => [directory(".wh..wh.plnk"), file(".wh..wh.plnk/1.2"), file(".wh..wh.aufs"), file("f")], verdict: { confined: (root) => expect(names(root)).toEqual(["f"]) }, outcome: "ignored" },
  { attack: "a forged overlay mark (attribute `trusted.overlay.*`, `user.overlay.*`)", entries: () => [entry({ path: "d", type: "directory", xattrs: { "trusted.overlay.opaque": "y", "trusted.overlay.redirect": "/etc", "user.overlay.opaque": "y" } })], verdict: { confined: (root) => expect(listTree(root, { times: false, overlay: true })).toEqual(["d directory 755 0:0"]) }, outcome: "the attribute is dropped" },
  { attack: "a forged overlay mark (character device 0:0)", entries: () => [entry({ path: "x", type: "char", deviceMajor: 0, deviceMinor: 0 })], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "malformed file capabilities", entries: () => [entry({ path: "f", xattrs: { "security.capability": "nonsense" } })], verdict: { refused: "invalid-argument" }, outcome: "the kernel would not set them" },
  { attack: "a malformed access list", entries: () => [entry({ path: "f", xattrs: { "system.posix_acl_access": "\x02\0\0\0\x40\0\x07\0\0\0\0\0" } })], verdict: { refused: "invalid-argument" }, outcome: "the kernel would not set it" },
  { attack: "a device node with an impossible number", entries: () => [entry({ path: "x", type: "block", deviceMajor: 4096, deviceMinor: 0 })], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a device node of the host (`/dev/sda`)", entries: () => [entry({ path: "sda", type: "block", deviceMajor: 8, deviceMinor: 0, mode: 0o600 })], verdict: { confined: (root) => expect(lstatSync(join(root, "sda")).isBlockDevice()).toBe(true) }, outcome: "made, as other tools do; a container may not open it (device cgroup, nodev)" },
  { attack: "a name of over 255 bytes", entries: () => [file("n".repeat(256))], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a path of over 4095 bytes or 512 parts", entries: () => [file(deep(513))], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "directories nested deeper by way of symlinks", entries: () => [directory(deep(400)), symlink("l", deep(400)), file(`l/${deep(400)}/f`)], verdict: { refused: "resource-exhausted" }, outcome: "at 512 directories" },
  { attack: "a NUL in a name", entries: () => [withNul(`long-${"x".repeat(120)}`)], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "an owner of 2^32-1 (no change, to the kernel)", entries: () => [entry({ path: "f", uid: 2 ** 32 - 1 })], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a file of an absurd size with no content (sparse)", entries: () => [big(2 ** 50)], verdict: { refused: "resource-exhausted" }, outcome: "holes count as size; 1 TiB by default" },
  { attack: "a negative size", entries: () => [withSize("f", new Uint8Array(12).fill(0xff))], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a size over 2^53", entries: () => [withSize("f", new Uint8Array(12).fill(0xff).with(0, 0x80))], verdict: { refused: "invalid-argument" }, outcome: "" },
  { attack: "a size of 8 GiB and no content", entries: () => [withSize("f", Buffer.from("77777777777"))], verdict: { refused: "data-loss" }, outcome: "the archive is cut off" },
  { attack: "more content than the limit", entries: () => [file("a", "x".repeat(600)), file("b", "x".repeat(600))], limits: { maxSize: 1000 }, verdict: { refused: "resource-exhausted" }, outcome: "before it is written" },
  { attack: "more entries than the limit", entries: () => Array.from({ length: 11 }, (_, i) => file(`f${i}`)), limits: { maxEntries: 10 }, verdict: { refused: "resource-exhausted" }, outcome: "1,000,000 by default" },
  { attack: "an archive that is cut off", entries: () => [file("a"), file("b", "x".repeat(600)).subarray(0, 700)], verdict: { refused: "data-loss" }, outcome: "what was written is removed" },
];
