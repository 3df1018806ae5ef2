import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import type { ForegroundOptions } from "./foreground.ts";
import { deleteContainer, runForeground, type StartFailure, stateOf } from "./index.ts";
import type { SpecOptions } from "./spec-options.ts";
import { Fixture, Output } from "./testing/fixture.ts";

const MEBI = 1 << 20;
const fixtures = process.geteuid?.() === 0 ? ["crun", "runc"].map((name) => new Fixture(name)) : [];
afterAll(() => {
  for (const fixture of fixtures) fixture[Symbol.dispose]();
});

function onlyTest(name: string, body: () => Promise<void>): void {
  test(name, body);
}

describe.each(fixtures)("runForeground (needs root)", (fixture) => {
  const { runtime } = fixture;
  /** What is ours alone, and need not be seen with every runtime. */
  const testOnce: typeof onlyTest = runtime.name === "crun" ? onlyTest : () => undefined;
  const run = async (
    args: string[],
    spec: Partial<SpecOptions> = {},
    options: Partial<ForegroundOptions> = {},
  ) => {
    const [stdout, stderr] = [new Output(), new Output()];
    const bundle = fixture.bundle(args, spec);
    const sinks = { stdout: stdout.sink, stderr: stderr.sink };
    const result = await runForeground({ runtime, bundle, id: "c", ...sinks, ...options });
    return { ...result, stdout: stdout.text, stderr: stderr.text };
  };
  const sh = (script: string, spec?: Partial<SpecOptions>, options?: Partial<ForegroundOptions>) =>
    run(["sh", "-c", script], spec, options);

  afterEach(async () => {
    expect(await fixture.leftovers()).toEqual([]);
  });

  test("exit codes, both streams, and signals", async () => {
    const result = await sh("echo out; echo err >&2; exit 7");
    expect(result).toEqual({ exitCode: 7, stdout: "out\n", stderr: "err\n" });
    expect((await sh("kill -KILL $$; sleep 9", { pid: "host" })).exitCode).toBe(137);
    expect((await run(["true"])).exitCode).toBe(0);
  });

  testOnce("input reaches the process and ends", async () => {
    const stdin = chunksOf(Buffer.from("one\n"), Buffer.from("two\n"));
    expect((await run(["cat"], {}, { stdin })).stdout).toBe("one\ntwo\n");
    expect((await run(["cat"])).stdout).toBe("");
  });

  testOnce("10 MB on both streams at once", async () => {
    const sums = [createHash("sha256"), createHash("sha256")];
    const [stdout, stderr] = sums.map((sum) => (chunk: Uint8Array) => void sum.update(chunk));
    const zeros = `dd if=/dev/zero bs=${MEBI} count=10 2>/dev/null`;
    await sh(`${zeros} & (${zeros}) >&2; wait`, {}, { stdout: stdout!, stderr: stderr! });
    const expected = createHash("sha256")
      .update(new Uint8Array(10 * MEBI))
      .digest("hex");
    expect(sums.map((sum) => sum.digest("hex"))).toEqual([expected, expected]);
  });

  test("a process that cannot start is told apart, in Docker's words", async () => {
    writeFileSync(join(fixture.rootfs, "plain"), "no program");
    const failure = (program: string) =>
      run([program]).then(
        () => undefined,
        (error) => [(error as StartFailure).exitCode, (error as StartFailure).message],
      );
    const missing = 'exec: "nope": executable file not found in $PATH';
    expect(await failure("nope")).toEqual([127, missing]);
    const noSuch = 'exec: "/nope": stat /nope: no such file or directory';
    expect(await failure("/nope")).toEqual([127, noSuch]);
    expect(await failure("/plain")).toEqual([126, 'exec: "/plain": permission denied']);
  });

  testOnce(
    "a program that cannot be executed after all is the container's own failure",
    async () => {
      writeFileSync(join(fixture.rootfs, "script"), "#!/no/interpreter\n");
      chmodSync(join(fixture.rootfs, "script"), 0o755);
      const { exitCode, stderr } = await run(["/script"]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain("/script");
    },
  );

  test("capabilities, seccomp, masked and read-only paths are Docker's", async () => {
    const { stdout } = await sh(
      "grep -E 'Cap|Seccomp:|NoNewPrivs' /proc/self/status; cat /proc/kcore | wc -c;" +
        "ls /sys/firmware | wc -l; (echo 1 >/proc/sys/kernel/domainname) || echo refused",
    );
    expect(stdout).toMatch(/CapEff:\s+00000000a80425fb\n/);
    expect(stdout).toMatch(/CapPrm:\s+00000000a80425fb\n/);
    expect(stdout).toMatch(/CapBnd:\s+00000000a80425fb\n/);
    expect(stdout).toMatch(/CapInh:\s+0+\n/);
    expect(stdout).toMatch(/CapAmb:\s+0+\n/);
    expect(stdout).toMatch(/NoNewPrivs:\s+0\n/);
    expect(stdout).toMatch(/Seccomp:\s+2\n0\n0\nrefused\n$/);
  });

  test("the filter is the same when it was compiled for an earlier container", async () => {
    for (const _ of [1, 2, 3]) {
      const { stdout } = await sh(
        "grep Seccomp: /proc/self/status; mount -t tmpfs x /tmp || echo no",
      );
      expect(stdout).toBe("Seccomp:\t2\nno\n");
    }
    const bundle = fixture.bundle(["true"]);
    const config = readFileSync(join(bundle.directory, "config.json"), "utf8");
    expect(config.includes("seccomp_bpf_data")).toBe(runtime.name === "crun");
  });

  testOnce("another user has no capabilities in effect, and its groups", async () => {
    const user = { uid: 1000, gid: 1001, additionalGids: [29, 44], home: "/home/app" };
    const { stdout } = await sh("id -u; id -G; grep CapEff /proc/self/status; echo $HOME", {
      user,
    });
    expect(stdout).toMatch(/^1000\n1001 29 44\nCapEff:\s+0+\n\/home\/app\n$/);
  });

  testOnce("namespaces, host name, environment and directory", async () => {
    const { stdout } = await sh("hostname; echo $FOO; pwd; echo $$; ls /sys/class/net", {
      hostname: "box",
      env: ["PATH=/bin", "FOO=a b"],
      cwd: "/tmp",
    });
    expect(stdout).toBe("box\na b\n/tmp\n1\nlo\n");
  });

  testOnce("read-only root, tmpfs and bind mounts", async () => {
    const { stdout } = await sh(
      "touch /x || echo root; touch /root/x || echo bind; touch /tmp/x && ls /tmp; stat -c %a /root",
      {
        readOnlyRootfs: true,
        mounts: [
          { kind: "tmpfs", target: "/tmp", options: ["mode=1777"] },
          { kind: "bind", source: join(fixture.rootfs, "etc"), target: "/root", readOnly: true },
        ],
      },
    );
    expect(stdout).toBe("root\nbind\nx\n755\n");
  });

  test("privileged has every capability we have, devices and no filter", async () => {
    const { stdout } = await sh(
      "grep -E 'CapEff|Seccomp:' /proc/self/status; ls /dev/tty1; touch /proc/sys/kernel/x 2>&1",
      {
        privileged: true,
      },
    );
    expect(stdout).toMatch(/CapEff:\s+000001ff/);
    expect(stdout).toMatch(/Seccomp:\s+0/);
    expect(stdout).toContain("/dev/tty1");
  });

  test("abort kills everything, at any moment", async () => {
    for (const delay of [0, 5, 10, 20, 60]) {
      const signal = AbortSignal.timeout(delay);
      const running = sh("sleep 1000 & sleep 1000", {}, { signal });
      await expect(running).rejects.toThrow();
      expect(await fixture.leftovers()).toEqual([]);
    }
  });

  testOnce("an output that fails ends the container", async () => {
    const stdout = () => {
      throw new Error("disk full");
    };
    await expect(sh("yes", {}, { stdout })).rejects.toThrow("disk full");
  });

  test("what a killed builder leaves can be deleted", async () => {
    const bundle = fixture.bundle(["sleep", "1000"]);
    const child = Bun.spawn(
      [...runtime.createArgv, "run", "--bundle", bundle.directory, "orphan"],
      { stdio: ["ignore", "ignore", "ignore"] },
    );
    while (stateOf(runtime, "orphan")?.status !== "running") await Bun.sleep(5);
    child.kill("SIGKILL");
    await child.exited;
    expect(stateOf(runtime, "orphan")?.status).toBe("running");
    await deleteContainer(runtime, "orphan", { force: true });
    expect(stateOf(runtime, "orphan")).toBeUndefined();
    await deleteContainer(runtime, "orphan", { force: true });
  });
});
