import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments } from "../flags/index.ts";
import { isolationFlags, isolationOptions } from "./isolation-flags.ts";
import { resourceFlags, resourceOptions } from "./resource-flags.ts";

function resourcesOf(...argv: string[]) {
  return resourceOptions(parseArguments(argv, { path: "shale run", flags: resourceFlags }).flags);
}

function isolationOf(...argv: string[]) {
  const { flags } = parseArguments(argv, { path: "shale run", flags: isolationFlags });
  return isolationOptions(flags, "/");
}

describe("the flags of limits", () => {
  test.each([
    [["-m", "20m", "--memory-swap", "-1"], { Memory: 20 << 20, MemorySwap: -1 }],
    [["--cpus", "1.5"], { NanoCpus: 1.5e9 }],
    [["--cpus", "1/2"], { NanoCpus: 5e8 }],
    [["--pids-limit", "-1"], { PidsLimit: -1 }],
    [
      ["--device-read-bps", "/dev/sda:1mb", "--device-read-bps", "/dev/sdb:5"],
      { BlkioDeviceReadBps: [rate("/dev/sda", 1 << 20), rate("/dev/sdb", 5)] },
    ],
    [["--blkio-weight-device", "/dev/sda:10"], { BlkioWeightDevice: [weight("/dev/sda", 10)] }],
    [
      ["--ulimit", "core=1", "--ulimit", "core=2"],
      { Ulimits: [{ Name: "core", Soft: 2, Hard: 2 }] },
    ],
    [["--device", "/dev/a"], { Devices: [device("/dev/a", "/dev/a", "rwm")] }],
    [["--device", "/dev/a:r"], { Devices: [device("/dev/a", "/dev/a", "r")] }],
    [["--device", "/dev/a:/b:mr"], { Devices: [device("/dev/a", "/b", "mr")] }],
  ])("%j", (argv, hostConfig) => {
    expect(resourcesOf(...argv)).toMatchObject(hostConfig);
  });

  test.each([
    [["--cpus", "x"], "failed to parse x as a rational number"],
    [["--cpus", "0.0000000001"], "value is too precise"],
    [["--memory-swappiness", "200"], "invalid value: 200. Valid memory swappiness range is 0-100"],
    [["--device-read-bps", "/dev/a:x"], "invalid rate for device: /dev/a:x"],
    [["--device-read-iops", "a:1"], "bad format for device path: a:1"],
    [["--blkio-weight-device", "/dev/a:5"], "invalid weight for device: /dev/a:5"],
    [["--device", "/dev/a:/b:rr"], "bad mode specified: rr"],
    [["--device", "a"], "a is not an absolute path"],
    [["--device", "/a:/b:r:z"], "bad format for path: /a:/b:r:z"],
    [["--device-cgroup-rule", "c 1 r"], "invalid device cgroup format 'c 1 r'"],
  ])("%j is refused", (argv, message) => {
    expect(() => resourcesOf(...argv)).toThrow(message);
  });
});

describe("the flags of isolation", () => {
  test("a seccomp profile is its content, unconfined system paths are none", () => {
    const directory = mkdtempSync(join(tmpdir(), "shale-profile-"));
    const path = join(directory, "profile.json");
    writeFileSync(path, '{ "defaultAction": "SCMP_ACT_ALLOW" }\n');
    const options = isolationOf(
      ...["--security-opt", `seccomp=${path}`],
      ...["--security-opt", "systempaths=unconfined"],
    );
    expect(options).toMatchObject({
      SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'],
      MaskedPaths: [],
      ReadonlyPaths: [],
    });
    rmSync(directory, { recursive: true });
  });

  test.each([
    [["--pid", "x"], "--pid: invalid PID mode"],
    [["--uts", "x"], "--uts: invalid UTS mode"],
    [["--userns", "x"], "--userns: invalid USER mode"],
    [["--cgroupns", "x"], "--cgroupns: invalid CGROUP mode"],
    [["--sysctl", "kernel.foo=1"], "sysctl 'kernel.foo=1' is not allowed"],
    [["--security-opt", "x"], 'invalid --security-opt: "x"'],
    [["--security-opt", "seccomp=/nope"], "open /nope: no such file or directory"],
    [["--storage-opt", "x"], "invalid storage option"],
  ])("%j is refused", (argv, message) => {
    expect(() => isolationOf(...argv)).toThrow(message);
  });
});

function rate(Path: string, Rate: number) {
  return { Path, Rate };
}

function weight(Path: string, Weight: number) {
  return { Path, Weight };
}

function device(PathOnHost: string, PathInContainer: string, CgroupPermissions: string) {
  return { PathOnHost, PathInContainer, CgroupPermissions };
}
