// Real containers: what takes longer than the inner loop may. Needs root, crun and conmon.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cgroupLayout } from "#kernel";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(30_000);

const layout = cgroupLayout();
/** What the files of a control group say under the flags below. */
const FILES: Readonly<Record<string, string>> =
  layout === "v2"
    ? { "memory.max": "20971520", "pids.max": "15", "cpu.max": "50000 100000", "cpuset.cpus": "0" }
    : {
        "memory/memory.limit_in_bytes": "20971520",
        "memory/memory.soft_limit_in_bytes": "10485760",
        "pids/pids.max": "15",
        "cpu/cpu.cfs_quota_us": "50000",
        "cpu/cpu.cfs_period_us": "100000",
        "cpu/cpu.shares": "300",
        "cpuset/cpuset.cpus": "0",
      };
const FLAGS = [
  ...["-m", "20m", "--memory-reservation", "10m", "--pids-limit", "15", "--cpus", "0.5"],
  ...["--cpu-shares", "300", "--cpuset-cpus", "0"],
];

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("a container's settings", () => {
  const box = new Sandbox();
  const sh = (script: string, ...flags: string[]) =>
    box.run(["run", "--rm", "--network", "none", ...flags, "box", "sh", "-c", script]);
  beforeAll(() => box.open().then(() => undefined));
  afterAll(() => box[Symbol.asyncDispose]());

  test.skipIf(layout === "none")("limits are written, and hold", async () => {
    const files = Object.keys(FILES).join(" ");
    const read = `cd /sys/fs/cgroup && for f in ${files}; do cat $f; done`;
    expect((await sh(read, ...FLAGS)).stdout.trim().split("\n")).toEqual(Object.values(FILES));
    const bomb = "i=0; while [ $i -lt 30 ]; do sleep 1 & i=$((i+1)); done";
    expect((await sh(bomb, "--pids-limit", "15")).stderr).toContain("can't fork");
    expect((await sh(bomb, "--pids-limit", "-1")).stderr).toBe("");
    const busy =
      "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat";
    expect((await sh(busy, "--cpus", "0.1")).stdout).toMatch(/nr_throttled [1-9]/);
  });

  test("namespaces, groups, ulimits, sysctls, devices and annotations are as asked for", async () => {
    const script =
      "id -G; ulimit -n; ulimit -Hn; cat /proc/sys/kernel/msgmax /proc/sys/kernel/domainname; " +
      "cat /proc/self/oom_score_adj; busybox df -k /dev/shm | busybox awk 'END {print $2}'; ls /dev/nil";
    const flags = [
      ...["--group-add", "app", "--group-add", "77", "--ulimit", "nofile=100:200"],
      ...["--sysctl", "kernel.msgmax=1000", "--domainname", "example.org", "--shm-size", "1m"],
      ...["--oom-score-adj", "300", "--device", "/dev/null:/dev/nil", "--annotation", "a=b"],
    ];
    const { stdout, stderr } = await sh(script, ...flags);
    expect([stdout.trim().split("\n"), stderr]).toEqual([
      ["0 77 1000", "100", "200", "1000", "example.org", "300", "1024", "/dev/nil"],
      "",
    ]);
    expect((await sh("hostname", "--uts", "host")).stdout).toBe(`${hostName()}\n`);
    expect((await sh("ls -d /proc/[0-9]* | wc -l", "--pid", "host")).stdout).not.toBe("3\n");
    expect((await sh("ls /dev/shm", "--ipc", "none")).code).not.toBe(0);
  });

  test("another container's processes and shared memory are shared where it offers them", async () => {
    const share = ["run", "-d", "--network", "none", "--name", "donor", "--ipc", "shareable"];
    await box.run([...share, "box", "sh", "-c", "echo shared > /dev/shm/text; sleep 1000"]);
    const joined = ["--ipc", "container:donor", "--pid", "container:donor"];
    const script = "until cat /dev/shm/text; do :; done; cat /proc/1/cmdline";
    const { stdout } = await sh(`${script} 2>/dev/null`, ...joined);
    expect(stdout).toStartWith("shared\n");
    expect(stdout).toContain("sleep");
    await box.run(["run", "-d", "--network", "none", "--name", "closed", "box", "sleep", "1000"]);
    const refused = await sh("true", "--ipc", "container:closed");
    expect(refused.stderr).toContain("non-shareable IPC");
    const gone = await sh("true", "--pid", "container:nobody");
    expect(gone.stderr).toContain("No such container: nobody");
    await box.clear();
  });
});

function hostName(): string {
  return Bun.spawnSync(["hostname"]).stdout.toString().trim();
}
