import { afterAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareMountTargets, type SpecMount } from "./index.ts";

const directory = mkdtempSync(join(tmpdir(), "shale-targets-"));
afterAll(() => rmSync(directory, { recursive: true }));

const source = join(directory, "hosts");
writeFileSync(source, "127.0.0.1 localhost\n");
const file = (destination: string): SpecMount => ({
  destination,
  type: "bind",
  source,
  options: ["rbind"],
});
const virtual = (destination: string): SpecMount => ({
  destination,
  type: "tmpfs",
  source: "tmpfs",
  options: [],
});
const OLD = 1_000_000_000;

function createRoot(...directories: string[]): string {
  const root = mkdtempSync(join(directory, "root-"));
  for (const name of directories) mkdirSync(join(root, name), { recursive: true });
  for (const name of [...directories, ""]) utimesSync(join(root, name), OLD, OLD);
  return root;
}
const modified = (path: string) => statSync(path).mtimeMs / 1000;

describe("prepareMountTargets", () => {
  test("makes what is missing, takes it away again, and the times stay", () => {
    const root = createRoot("etc");
    const mounts = [virtual("/proc"), virtual("/dev"), virtual("/dev/pts"), file("/etc/hosts")];
    const targets = prepareMountTargets(root, [...mounts, file("/run/deep/file")]);
    expect(readdirSync(root).sort()).toEqual(["dev", "etc", "proc", "run"]);
    expect(readdirSync(join(root, "dev"))).toEqual([]);
    expect(statSync(join(root, "etc/hosts")).isFile()).toBe(true);
    expect([modified(root), modified(join(root, "etc"))]).toEqual([OLD, OLD]);
    targets.cleanup();
    expect(readdirSync(root)).toEqual(["etc"]);
    expect(readdirSync(join(root, "etc"))).toEqual([]);
    expect([modified(root), modified(join(root, "etc"))]).toEqual([OLD, OLD]);
  });

  test("what was there stays, and what the container filled stays", () => {
    const root = createRoot("etc", "proc");
    writeFileSync(join(root, "etc/hosts"), "");
    const mounts = [virtual("/proc"), virtual("/dev"), virtual("/data"), file("/etc/hosts")];
    const targets = prepareMountTargets(root, [...mounts, file("/etc/resolv.conf")]);
    writeFileSync(join(root, "data/kept"), "x");
    writeFileSync(join(root, "etc/resolv.conf"), "nameserver 127.0.0.1");
    targets.cleanup();
    expect(readdirSync(root).sort()).toEqual(["data", "etc", "proc"]);
    expect(readdirSync(join(root, "etc")).sort()).toEqual(["hosts", "resolv.conf"]);
  });

  test("a directory that the container changed keeps its new time", () => {
    const root = createRoot("etc");
    const targets = prepareMountTargets(root, [file("/etc/hosts")]);
    utimesSync(join(root, "etc"), OLD + 5, OLD + 5);
    targets.cleanup();
    expect(modified(join(root, "etc"))).toBe(OLD + 5);
  });

  test("links inside are followed inside, links out of it never", () => {
    const outside = mkdtempSync(join(directory, "outside-"));
    const root = createRoot("real", "run");
    symlinkSync("real", join(root, "etc"));
    symlinkSync("../run/resolv.conf", join(root, "real/resolv.conf"));
    symlinkSync(outside, join(root, "abs"));
    symlinkSync(`../../../../../../../..${outside}`, join(root, "up"));
    const mounts = ["/etc/hosts", "/etc/resolv.conf", "/abs/file", "/up/file"].map(file);
    const targets = prepareMountTargets(root, mounts);
    expect(existsSync(join(root, "real/hosts"))).toBe(true);
    expect(existsSync(join(root, "run/resolv.conf"))).toBe(true);
    expect(existsSync(join(root, outside, "file"))).toBe(true);
    expect(readdirSync(outside)).toEqual([]);
    targets.cleanup();
    expect(readdirSync(join(root, "real"))).toEqual(["resolv.conf"]);
    expect(readdirSync(join(root, "run"))).toEqual([]);
    expect(readdirSync(root).sort()).toEqual(["abs", "etc", "real", "run", "up"]);
  });

  test("directories that became links in the meantime lead nowhere", () => {
    const outside = mkdtempSync(join(directory, "outside-"));
    writeFileSync(join(outside, "hosts"), "");
    const root = createRoot();
    const targets = prepareMountTargets(root, [file("/etc/hosts")]);
    rmSync(join(root, "etc"), { recursive: true });
    symlinkSync(outside, join(root, "etc"));
    targets.cleanup();
    expect(existsSync(join(outside, "hosts"))).toBe(true);
  });

  test("a file in the way is left to the runtime", () => {
    const root = createRoot();
    writeFileSync(join(root, "etc"), "a file");
    prepareMountTargets(root, [file("/etc/hosts")]).cleanup();
    expect(readdirSync(root)).toEqual(["etc"]);
  });

  test("a system directory that is a symlink is refused, and nothing is made", () => {
    for (const name of ["dev", "proc", "sys"]) {
      const root = createRoot();
      symlinkSync(directory, join(root, name));
      expect(() => prepareMountTargets(root, [virtual("/run/x")])).toThrow(
        `the image has a symlink at /${name}: it must be a directory`,
      );
      expect(readdirSync(root)).toEqual([name]);
    }
  });

  test("nothing but what runc allows is mounted over a part of /proc, or over the root", () => {
    const root = createRoot("proc");
    symlinkSync("../proc", join(root, "link"));
    symlinkSync("/", join(root, "all"));
    for (const place of ["/proc", "/proc/sys", "/proc/sys/net", "/link", "/link/self", "/all"])
      expect(() => prepareMountTargets(root, [virtual("/proc"), file(place)])).toThrow(
        /inside \/proc|the root/,
      );
    const proc = { ...file("/proc"), source: "/proc" };
    prepareMountTargets(root, [virtual("/proc"), file("/proc/cpuinfo"), proc]).cleanup();
    expect(readdirSync(join(root, "proc"))).toEqual([]);
  });
});
