// Real containers: what takes longer than the inner loop may. Needs root, crun and conmon.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import type { Engine } from "#engine";
import type { ContainerService, ExecConfig } from "../../src/container/container-service.ts";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(30_000);

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able).each(["crun", "runc"] as const)("processes run beside (%s)", (runtime) => {
  const box = new Sandbox();
  let engine: Engine;
  let containers: ContainerService;

  beforeAll(async () => {
    await box.open();
    const { root, runtimeDirectory } = box;
    const { openEngine } = await import("#engine");
    engine = await openEngine({ root, runtimeDirectory, runtime });
    containers = await engine.containers();
    const config = { Image: "box", Cmd: ["sleep", "1000"], Env: ["OWN=1"], User: "app" };
    await containers.create({ name: "some", config, hostConfig: { NetworkMode: "none" } });
    await containers.start("some");
  });
  afterAll(async () => {
    await box.clear();
    await engine[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
  });

  /** What a command writes, and how it ends. */
  async function exec(Cmd: readonly string[], config: Partial<ExecConfig> = {}, input?: string) {
    let stdout = "";
    let stderr = "";
    const id = await containers.createExec("some", { Cmd, ...config });
    using running = await containers.startExec(id, {
      ...(input !== undefined && { stdin: chunksOf(Buffer.from(input)) }),
      stdout: (chunk) => {
        stdout += Buffer.from(chunk).toString();
      },
      stderr: (chunk) => {
        stderr += Buffer.from(chunk).toString();
      },
    });
    return { exitCode: await running.exited, stdout, stderr };
  }

  /** What has happened to a session. */
  async function told(id: string): Promise<string[]> {
    const events: string[] = [];
    for await (const { action, attributes } of engine.events({ since: 0, until: Date.now() }))
      if (attributes.execID === id) events.push(action);
    return events;
  }

  const sh = (script: string, config?: Partial<ExecConfig>) => exec(["sh", "-c", script], config);
  /** Its terminal gets its size a moment after it has begun. */
  const sized = (rows: number, columns: number) =>
    `until [ "$(stty size 2>&1)" = "${rows} ${columns}" ]; do :; done; stty size`;
  const status = "grep -E '^(Cap|Seccomp|NoNew)' /proc/$0/status";

  test("give their output, both streams apart, and their exit code", async () => {
    const said = { exitCode: 3, stdout: "out\n", stderr: "err\n" };
    expect(await sh("echo out; echo err >&2; exit 3")).toEqual(said);
    expect(await exec(["cat"], {}, "typed")).toEqual({ exitCode: 0, stdout: "typed", stderr: "" });
    expect((await sh("kill -9 $$")).exitCode).toBe(137);
  });

  test("have the container's user, variables and directory, or others", async () => {
    const own = await sh("id -u; echo $OWN $FROM_IMAGE $HOME; pwd");
    expect(own.stdout).toBe("1000\n1 yes /\n/made/by/workdir\n");
    const config = { User: "root:app", Env: ["OWN=2", "MORE=x"], WorkingDir: "/tmp" };
    const other = await sh("id -u; id -g; echo $OWN $MORE $HOME; pwd", config);
    expect(other.stdout).toBe("0\n1000\n2 x /root\n/tmp\n");
  });

  test("are confined as the first process is", async () => {
    const first = await exec(["sh", "-c", status, "1"], { User: "root" });
    const own = await exec(["sh", "-c", status, "self"]);
    expect(own.stdout).toBe(first.stdout);
    expect(own.stdout).toMatch(/^Seccomp:\s+2$/m);
    const root = await exec(["sh", "-c", status, "self"], { User: "0" });
    expect(root.stdout).toMatch(/^CapEff:\s+00000000a80425fb$/m);
  });

  test("are in the container's control groups", async () => {
    const [own, first] = await Promise.all(
      ["self", "1"].map((pid) => exec(["cat", `/proc/${pid}/cgroup`])),
    );
    expect(own!.stdout).toBe(first!.stdout);
  });

  test("cannot leave by a working directory that is a descriptor (CVE-2024-21626)", async () => {
    writeFileSync(join(box.directory, "secret"), "of the host");
    const up = "../".repeat(12);
    for (const Tty of [false, true]) {
      for (let fd = 3; fd < 12; fd++) {
        const config = { WorkingDir: `/proc/self/fd/${fd}`, User: "root", Tty };
        const tried = await exec(["cat", `${up}${box.directory}/secret`], config).catch(
          ({ exitCode }) => ({ exitCode, stdout: "" }),
        );
        expect(tried.exitCode).toBeGreaterThan(0);
        expect(tried.stdout).not.toContain("of the host");
      }
    }
  });

  test("that cannot be started fail as a shell would", async () => {
    const failing = { "/nosuch": 127, nosuch: 127, "/etc/passwd": 126, "/tmp": 126 };
    for (const [program, exitCode] of Object.entries(failing)) {
      expect(exec([program])).rejects.toMatchObject({ exitCode });
      await exec([program], { Tty: true }).catch(({ exitCode: code }) =>
        expect(code).toBe(exitCode),
      );
    }
    expect(exec(["true"], { User: "nobody-known" })).rejects.toThrow("unable to find user");
    expect(containers.createExec("some", { Cmd: ["true"], DetachKeys: "foo" })).rejects.toThrow(
      "Invalid escape keys (foo) provided",
    );
  });

  test("are told of when they end, once, whether anybody is there or not", async () => {
    const attached = await containers.createExec("some", { Cmd: ["true"], Tty: true });
    using running = await containers.startExec(attached, { stdout: () => {}, stderr: () => {} });
    expect(await running.exited).toBe(0);
    const detached = await containers.createExec("some", { Cmd: ["false"] });
    await containers.startExecDetached(detached);
    while (!(await told(detached)).includes("exec_die")) await Bun.sleep(5);
    const failed = await containers.createExec("some", { Cmd: ["nosuch"] });
    await containers.startExecDetached(failed).catch(() => {});
    for (const id of [attached, detached, failed]) await containers.exited("some", id);
    expect(await told(attached)).toEqual(["exec_create: true ", "exec_start: true ", "exec_die"]);
    expect((await told(detached)).filter((action) => action === "exec_die")).toHaveLength(1);
    expect(await told(failed)).not.toContain("exec_die");
    expect((await containers.inspect("some")).ExecIDs).toBeNull();
  });

  test("with a terminal are resized from any process, and outlive who started them", async () => {
    const id = await containers.createExec("some", {
      Cmd: ["sh", "-c", `${sized(20, 50)}; read line; ${sized(33, 99)}; exit 4`],
      Tty: true,
      ConsoleSize: [20, 50],
    });
    let text = "";
    const typed = Promise.withResolvers<void>();
    const stdin = (async function* () {
      await typed.promise;
      yield Buffer.from("go\n");
      await new Promise(() => {});
    })();
    const stdout = (chunk: Uint8Array) => {
      text += Buffer.from(chunk).toString();
    };
    using running = await containers.startExec(id, { stdin, stdout, stderr: stdout });
    while (!text.includes("20 50")) await Bun.sleep(1);
    await using other = await box.engine();
    await (await other.containers()).resizeExec(id, { rows: 33, columns: 99 });
    expect(await containers.inspectExec(id)).toMatchObject({ Running: true, ExitCode: null });
    typed.resolve();
    expect(await running.exited).toBe(4);
    expect(text).toBe("20 50\r\ngo\r\n33 99\r\n");
    expect(await containers.inspectExec(id)).toMatchObject({ Running: false, ExitCode: 4 });
  });

  test("can be left to themselves, are seen and end with the container", async () => {
    const id = await containers.createExec("some", { Cmd: ["sleep", "999"] });
    await containers.startExecDetached(id);
    const { Pid } = await containers.inspectExec(id);
    // It has begun when the runtime lets go of it, a moment before it is another program.
    while (readFileSync(`/proc/${Pid}/cmdline`, "utf8") !== "sleep\x00999\x00") await Bun.sleep(1);
    expect(containers.startExecDetached(id)).rejects.toThrow("started already");
    const waiting = await containers.createExec("some", { Cmd: ["true"] });
    const { ExecIDs } = await containers.inspect("some");
    expect([...(ExecIDs as string[])].sort()).toEqual([id, waiting].sort());
    await containers.pause("some");
    expect(exec(["true"])).rejects.toThrow(
      "Container some is paused, unpause the container before exec",
    );
    await containers.unpause("some");
    await containers.kill("some");
    await containers.wait("some");
    while (existsSync(`/proc/${Pid}`)) await Bun.sleep(5);
    expect(exec(["true"])).rejects.toThrow(/^Container [0-9a-f]{64} is not running$/);
    expect(containers.inspectExec(id)).rejects.toThrow(`No such exec instance: ${id}`);
    expect((await containers.inspect("some")).ExecIDs).toBeNull();
    expect(await told(id)).toEqual(["exec_create: sleep 999", "exec_start: sleep 999", "exec_die"]);
    expect(await told(waiting)).toEqual(["exec_create: true "]);
    await containers.start("some");
    expect(readdirSync(join(box.runtimeDirectory, "containers"))).toHaveLength(1);
  });
});
