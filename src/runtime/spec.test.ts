import { describe, expect, test } from "bun:test";
import {
  containerCapabilities,
  createSpec,
  DEFAULT_CAPABILITIES,
  parseDeviceRule,
  selectRuntime,
} from "./index.ts";
import type { SpecOptions } from "./spec-options.ts";

const base: SpecOptions = {
  host: { cgroups: "v2", rootless: false },
  rootfs: "/r",
  args: ["true"],
  env: [],
  cwd: "/",
  user: { uid: 0, gid: 0, additionalGids: [], home: "/root" },
};
const types = (options: Partial<SpecOptions>) =>
  createSpec({ ...base, ...options }).linux.namespaces.map(({ type, path }) => path ?? type);
const mountAt = (destination: string, options: Partial<SpecOptions>) =>
  createSpec({ ...base, ...options }).mounts.find((mount) => mount.destination === destination);

describe("createSpec", () => {
  test("namespaces: new, the host's, or one that exists; a control group's own only on v2", () => {
    const own = ["mount", "network", "uts", "pid", "ipc"];
    expect(types({})).toEqual([...own, "cgroup"]);
    expect(types({ host: { cgroups: "hybrid", rootless: false } })).toEqual(own);
    expect(types({ network: { path: "/run/netns/x" }, pid: "host", ipc: "host" })).toEqual([
      ...["mount", "/run/netns/x", "uts", "cgroup"],
    ]);
  });

  test("a network of another container's keeps its settings", () => {
    const { sysctl } = createSpec({ ...base, network: { path: "/x" }, sharesNetwork: true }).linux;
    expect(sysctl).toBeUndefined();
    expect(createSpec({ ...base, network: { path: "/x" } }).linux.sysctl).toBeDefined();
  });

  test("HOME comes from the user unless it is given", () => {
    expect(createSpec(base).process.env).toEqual(["HOME=/root"]);
    expect(createSpec({ ...base, env: ["HOME=/x"] }).process.env).toEqual(["HOME=/x"]);
  });

  test("own mounts replace the default in their place and come parents first", () => {
    const { mounts } = createSpec({
      ...base,
      mounts: [
        { kind: "bind", source: "/a", target: "/data/deep", readOnly: true },
        { kind: "tmpfs", target: "/data", options: ["exec", "size=1m"] },
        { kind: "bind", source: "/d", target: "/dev", propagation: "rslave" },
      ],
    });
    const places = mounts.map(({ destination }) => destination);
    expect(places).toEqual(["/proc", "/sys", "/sys/fs/cgroup", "/data", "/dev", "/data/deep"]);
    expect(mounts.at(-1)?.options).toEqual(["rbind", "ro", "rprivate"]);
    expect(mounts.at(-2)?.options).toEqual(["rbind", "rw", "rslave"]);
    expect(mounts.at(-3)?.options).toEqual(["nosuid", "nodev", "size=1m"]);
  });

  test("without control groups there are no limits, and no tree to see", () => {
    const host = { cgroups: "none", rootless: true } as const;
    const { linux } = createSpec({
      ...base,
      host,
      cgroupPath: "/x",
      resources: { pids: { limit: 3 } },
    });
    expect([linux.resources, linux.cgroupsPath]).toEqual([undefined, undefined]);
    expect(mountAt("/sys/fs/cgroup", { host })?.type).toBe("tmpfs");
    expect(mountAt("/sys", { host, network: "host" })?.type).toBe("bind");
    expect(mountAt("/sys", { host })?.type).toBe("sysfs");
  });

  test("no device but the harmless ones may be opened; a mapped one is added", () => {
    const hostPath = "/dev/null";
    const devices = [{ hostPath, path: "/dev/nothing", permissions: "rw" }];
    const { linux } = createSpec({ ...base, devices });
    expect(linux.devices).toMatchObject([{ path: "/dev/nothing", type: "c", major: 1, minor: 3 }]);
    expect(linux.resources?.devices[0]).toEqual({ allow: false, access: "rwm" });
    const rule = { allow: true, type: "c", major: 1, minor: 3, access: "rw" } as const;
    expect(linux.resources?.devices.at(-1)).toEqual(rule);
    const missing = [{ hostPath: "/etc/passwd", path: "/x", permissions: "r" }];
    expect(() => createSpec({ ...base, devices: missing })).toThrow("not a device node");
  });

  test("of a directory all devices below it are mapped; rules come after them", () => {
    const devices = [{ hostPath: "/dev/pts", path: "/dev/lines", permissions: "r" }];
    const deviceRules = [parseDeviceRule("b 8:* rm")];
    const { linux } = createSpec({ ...base, devices, deviceRules });
    const paths = (linux.devices ?? []).map(({ path }) => path);
    expect(paths.every((path) => path.startsWith("/dev/lines/"))).toBe(true);
    const rule = { allow: true, type: "b", major: 8, access: "rm" } as const;
    expect(linux.resources?.devices.at(-1)).toEqual(rule);
  });

  test("without shared memory there is no place for it", () => {
    expect(mountAt("/dev/shm", { shmSize: 0 })).toBeUndefined();
    expect(mountAt("/dev/shm", { ipc: "host" })?.options).toEqual(["rbind", "rprivate"]);
  });

  test("an unlimited rlimit is the largest number of 64 bits", () => {
    const limit = { type: "RLIMIT_NOFILE", soft: 10, hard: -1 };
    const { rlimits } = createSpec({ ...base, rlimits: [limit] }).process;
    expect(JSON.stringify(rlimits)).toContain('"soft":10,"hard":18446744073709551615');
  });

  test("more capabilities open more system calls", () => {
    const allows = (name: string, capAdd: string[]) =>
      createSpec({ ...base, capAdd }).linux.seccomp!.syscalls.some(
        ({ names, args }) => names.includes(name) && args === undefined,
      );
    expect([allows("mount", []), allows("mount", ["SYS_ADMIN"])]).toEqual([false, true]);
    expect([allows("reboot", []), allows("reboot", ["SYS_BOOT"])]).toEqual([false, true]);
    expect(allows("chroot", [])).toBe(true);
    expect(createSpec({ ...base, seccomp: "unconfined" }).linux.seccomp).toBeUndefined();
  });
});

describe("capabilities", () => {
  test.each([
    [{}, DEFAULT_CAPABILITIES.length],
    [{ drop: ["ALL"] }, 0],
    [{ drop: ["ALL"], add: ["chown", "CAP_KILL"] }, 2],
    [{ drop: ["NET_RAW"], add: ["SYS_ADMIN"] }, DEFAULT_CAPABILITIES.length],
    [{ add: ["ALL"] }, containerCapabilities({ privileged: true }).length],
    [{ add: ["all"], drop: ["mknod"] }, containerCapabilities({ privileged: true }).length - 1],
  ])("%p", (options, count) => {
    expect(containerCapabilities(options).length).toBe(count);
  });

  test("an unknown one is refused", () => {
    const add = ["FLY"];
    expect(() => containerCapabilities({ add })).toThrow(
      'invalid CapAdd: unknown capability: "CAP_FLY"',
    );
  });
});

test("the runtime that is picked says what it is", async () => {
  const runtime = selectRuntime({ stateRoot: "/nowhere" });
  expect(["crun", "runc"]).toContain(runtime.name);
  expect(await runtime.version()).toMatch(/^\d+\.\d+/);
  expect(runtime.reason).not.toBe("");
  expect(() => selectRuntime({ stateRoot: "/n", forced: "kata" })).toThrow("unknown runtime kata");
});
