import { type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fail } from "#errors";
import type { DeviceRule, SpecDevice } from "./runtime-spec.ts";
import type { DeviceMapping } from "./spec-options.ts";

/** A device node to be made in a container, and the rule that lets it be used. */
export interface ContainerDevice {
  readonly node: SpecDevice;
  readonly rule: DeviceRule;
}

/** Directories of /dev that a container has of its own. */
const OWN = new Set(["pts", "shm", "fd", "mqueue", "console", ".lxc", ".lxd-mounts", ".udev"]);

/**
 * The devices that `--device` names, of a directory all that are below it. Fails with
 * `invalid-argument` in Docker's words where there is none.
 */
export function mappedDevices(mappings: readonly DeviceMapping[]): ContainerDevice[] {
  return mappings.flatMap(({ hostPath, path, permissions }) => {
    const stats = statSync(hostPath, { throwIfNoEntry: false });
    if (stats === undefined) return failDevice(hostPath, "no such file or directory");
    if (isDevice(stats)) return [deviceOf(path, stats, permissions)];
    if (!stats.isDirectory()) return failDevice(hostPath, "not a device node");
    return hostDevices(hostPath).map(({ node, rule }) => ({
      node: { ...node, path: join(path, relative(hostPath, node.path)) },
      rule: { ...rule, access: permissions },
    }));
  });
}

function failDevice(path: string, problem: string): never {
  const what = `error gathering device information while adding custom device "${path}"`;
  return fail("invalid-argument", `${what}: ${problem}`);
}

/** `c 1:3 rwm`, `a *:* r`. Fails with `invalid-argument` in Docker's words. */
export function parseDeviceRule(text: string): DeviceRule {
  const match = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text);
  if (match === null)
    return fail("invalid-argument", `invalid device cgroup rule format: '${text}'`);
  const [, type, major, minor, access = ""] = match;
  return {
    allow: true,
    type: type as "a" | "b" | "c",
    ...(major !== "*" && { major: Number(major) }),
    ...(minor !== "*" && { minor: Number(minor) }),
    access,
  };
}

/** The numbers of a device. Fails with `invalid-argument` in Docker's words. */
export function deviceAt(path: string): { major: number; minor: number } {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) fail("invalid-argument", `stat ${path}: no such file or directory`);
  const [major, minor] = deviceNumbers(stats.rdev);
  return { major, minor };
}

/** All devices of the host, for a privileged container. */
export function hostDevices(directory = "/dev"): ContainerDevice[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries
    .filter(({ name }) => !OWN.has(name))
    .flatMap((entry) => devicesAt(directory, entry));
}

function devicesAt(directory: string, entry: Dirent): ContainerDevice[] {
  const path = join(directory, entry.name);
  if (entry.isDirectory()) return hostDevices(path);
  if (!entry.isCharacterDevice() && !entry.isBlockDevice()) return [];
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? [] : [deviceOf(path, stats, "rwm")];
}

function deviceOf(path: string, stats: Stats, access: string): ContainerDevice {
  const { mode, uid, gid } = stats;
  const type = stats.isBlockDevice() ? "b" : "c";
  const [major, minor] = deviceNumbers(stats.rdev);
  return {
    node: { path, type, major, minor, fileMode: mode & 0o777, uid, gid },
    rule: { allow: true, type, major, minor, access },
  };
}

function isDevice(stats: Stats): boolean {
  return stats.isBlockDevice() || stats.isCharacterDevice();
}

/** As glibc's makedev(3) puts them together. */
function deviceNumbers(rdev: number): [number, number] {
  const number = BigInt(rdev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn);
  const minor = (number & 0xffn) | ((number >> 12n) & ~0xffn & 0xffffffffn);
  return [Number(major), Number(minor)];
}
