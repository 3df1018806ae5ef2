import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { cgroupLayout } from "#kernel";
import type { HostConfig, Resources } from "../host-config.ts";
import { mergeResources } from "./merge-resources.ts";
import { settleResources } from "./resources.ts";
import { resourcesOf } from "./resources-of.ts";
import { parseUlimit } from "./ulimits.ts";
import { discardUnsupported } from "./unsupported.ts";

const MiB = 1 << 20;
const layout = cgroupLayout();
const cpus = availableParallelism();
/** Where there are no control groups every limit is left out before it is looked at. */
const limited = describe.skipIf(layout === "none");

limited("limits of a new container", () => {
  test.each<[Resources, string]>([
    [{ Memory: MiB }, "Minimum memory limit allowed is 6MB"],
    [{ MemorySwap: 9 * MiB }, "You should always set the Memory limit when using Memoryswap limit"],
    [{ MemoryReservation: 1 }, "Minimum memory reservation allowed is 6MB"],
    [
      { Memory: 9 * MiB, MemoryReservation: 10 * MiB },
      "Minimum memory limit can not be less than memory reservation limit, see usage",
    ],
    [
      { NanoCpus: (cpus + 1) * 1e9 },
      `Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`,
    ],
    [{ NanoCpus: 1e9, CpuQuota: 5000 }, "Nano CPUs and CPU Quota cannot both be set"],
    [{ CpuPeriod: 5 }, "CPU cfs period can not be less than 1ms (i.e. 1000)"],
    [{ CpuQuota: 5 }, "CPU cfs quota can not be less than 1ms (i.e. 1000)"],
    [{ CpusetCpus: "8191" }, "Requested CPUs are not available - requested 8191, available: "],
    [{ CpusetCpus: "1-0" }, "Invalid value 1-0 for cpuset cpus: invalid format: 1-0"],
    [{ Ulimits: [{ Name: "fly", Soft: 1, Hard: 1 }] }, "invalid ulimit type: fly"],
    [{ DeviceCgroupRules: ["c 1 r"] }, "invalid device cgroup rule format: 'c 1 r'"],
    [{ CgroupParent: "/a/../../b" }, 'it must not contain ".."'],
  ])("%j is refused", (resources, message) => {
    expect(() => settleResources(resources, layout)).toThrow(message);
  });

  test("swap is as much as memory, and what says nothing is nothing", () => {
    const asked: Resources = { Memory: 8 * MiB, PidsLimit: 0 };
    const { resources } = settleResources(asked, layout);
    expect([16 * MiB, -1]).toContain(resources.MemorySwap!);
    expect(resources).not.toHaveProperty("PidsLimit");
  });

  test("killing nothing without a memory limit is warned of", () => {
    const { warnings } = settleResources({ OomKillDisable: true }, layout);
    expect(warnings.join()).toMatch(/OOM ?Kill/i);
  });
});

test("what a host cannot limit is left out with Docker's warning", () => {
  const asked = { Memory: 8 * MiB, CpuShares: 5, PidsLimit: 9, BlkioWeight: 5, MemorySwap: 0 };
  const { resources, warnings } = discardUnsupported(asked, (feature) => feature === "pids");
  expect(resources).toMatchObject({ Memory: 0, MemorySwap: -1, CpuShares: 0, PidsLimit: 9 });
  expect(warnings).toEqual([
    "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
    "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.",
    "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.",
  ]);
});

limited("limits that are changed", () => {
  const current: HostConfig = { Memory: 10 * MiB, MemorySwap: 20 * MiB, NanoCpus: 1e9 };

  test("what is not said stays", () => {
    const { hostConfig } = mergeResources(current, { PidsLimit: 5, Memory: 12 * MiB }, layout);
    expect(hostConfig).toEqual({ ...current, Memory: 12 * MiB, PidsLimit: 5 });
  });

  test.each<[Resources, string]>([
    [
      { Memory: 30 * MiB },
      "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
    ],
    [{ CpuQuota: 5000 }, "CPU Quota cannot be updated as NanoCPUs has already been set"],
    [{ Memory: MiB }, "Minimum memory limit allowed is 6MB"],
  ])("%j does not fit", (resources, message) => {
    expect(() => mergeResources(current, resources, layout)).toThrow(message);
  });
});

test("limits become the runtime's units", () => {
  const asked = { NanoCpus: 1.5e9, Memory: 7, MemorySwap: -1, PidsLimit: -1, CpusetMems: "0" };
  expect(resourcesOf(asked)).toEqual({
    memory: { limit: 7, swap: -1 },
    cpu: { period: 100_000, quota: 150_000, mems: "0" },
    pids: { limit: 4_194_304 },
  });
  const rate = [{ Path: "/dev/null", Rate: 9 }];
  const device = { major: 1, minor: 3 };
  expect(resourcesOf({ BlkioDeviceReadBps: rate, BlkioWeight: 0 }).blockIO).toEqual({
    throttleReadBpsDevice: [{ ...device, rate: 9 }],
  });
  expect(resourcesOf({})).toEqual({});
});

describe("ulimits", () => {
  test.each([
    ["nofile=10", { Name: "nofile", Soft: 10, Hard: 10 }],
    ["nofile=3:-1", { Name: "nofile", Soft: 3, Hard: -1 }],
  ])("%s", (text, ulimit) => {
    expect(parseUlimit(text)).toEqual(ulimit);
  });

  test.each([
    ["nofile", "invalid ulimit argument: nofile"],
    ["foo=1", "invalid ulimit type: foo"],
    ["nofile=a", 'strconv.ParseInt: parsing "a": invalid syntax'],
    ["nofile=10:5", "ulimit soft limit must be less than or equal to hard limit: 10 > 5"],
    ["nofile=-1:5", "soft: -1 (unlimited), hard: 5"],
    ["nofile=1:2:3", "too many limit value arguments - 1:2:3"],
  ])("%s is refused", (text, message) => {
    expect(() => parseUlimit(text)).toThrow(message);
  });
});
