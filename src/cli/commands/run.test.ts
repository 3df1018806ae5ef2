import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { able, Sandbox } from "../../container/testing/sandbox.ts";

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("shale run", () => {
  const box = new Sandbox();
  const none = ["run", "--rm", "--network", "none"];
  const run = (...args: string[]) => box.run([...none, ...args]);
  const sh = (script: string, ...flags: string[]) => run(...flags, "box", "sh", "-c", script);
  beforeAll(() => box.open().then(() => undefined));
  afterEach(() => box.clear());
  afterAll(() => box[Symbol.asyncDispose]());

  test("runs the image's command and leaves nothing", async () => {
    expect(await run("box")).toEqual({ code: 0, stdout: "hello\n", stderr: "" });
    expect(box.leftovers()).toEqual([]);
  });

  test("passes on output, errors and the exit code", async () => {
    expect(await sh("echo out; echo err >&2; exit 42")).toEqual({
      code: 42,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test("exits with 125, 126 and 127 like Docker, and leaves nothing", async () => {
    const cases: [number, string[], string][] = [
      [125, ["nosuch"], "Unable to find image 'nosuch:latest' locally\n"],
      [127, ["box", "nosuch"], 'shale: exec: "nosuch": executable file not found in $PATH.'],
      [127, ["box", "/no/such"], 'exec: "/no/such": stat /no/such: no such file or directory'],
      [126, ["box", "/etc/passwd"], 'exec: "/etc/passwd": permission denied'],
      [125, ["--user", "nosuch", "box"], "unable to find user nosuch: no matching entries"],
      [125, ["--network", "mine", "box"], "network mine not found"],
      [125, ["-v", "named:/x", "box"], "named volumes are not supported yet"],
      [125, ["-w", "rel", "box"], "the working directory 'rel' is invalid"],
      [125, ["--cap-add", "nosuch", "box"], "unknown capability"],
      [125, ["-d", "box"], "detached containers (-d) are not supported yet"],
      [125, ["--nosuch", "box"], "unknown flag: --nosuch"],
      [1, ["-it", "box"], "the input device is not a TTY"],
    ];
    const results = await Promise.all(cases.map(([, args]) => run(...args)));
    for (const [index, [code, args, message]] of cases.entries()) {
      expect(results[index]!.stderr).toContain(message);
      expect([args, results[index]!.code]).toEqual([args, code]);
    }
    expect(box.leftovers()).toEqual([]);
  });

  test("pipes 10 MB through, byte for byte", async () => {
    const input = randomBytes(10_000_000);
    const child = box.spawn([...none, "-i", "box", "cat"], { stdin: input, stdout: "pipe" });
    const output = await new Response(child.stdout as never).bytes();
    expect(await child.exited).toBe(0);
    const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    expect(digest(output)).toBe(digest(input));
  });

  test("has no input without -i", async () => {
    expect((await sh("wc -c")).stdout.trim()).toBe("0");
  });

  test("sets up environment, user, directory, name and entrypoint", async () => {
    writeFileSync(join(box.directory, "vars"), "# comment\nFILE=1\nBOTH=file\n");
    const flags = ["-e", "BOTH=flag", "--env-file", "vars", "-e", "FROM_IMAGE", "-h", "name"];
    const [first, entry, directory] = await Promise.all([
      sh("env; id -u; pwd; hostname", "-u", "app", ...flags),
      run("--entrypoint", "echo", "box", "a", "b"),
      run("-w", "/new/one", "box", "pwd"),
    ]);
    expect(first.stdout.split("\n")).toEqual(
      expect.arrayContaining(["BOTH=flag", "FILE=1", "HOSTNAME=name"]),
    );
    expect(first.stdout).not.toContain("FROM_IMAGE");
    expect(first.stdout).toEndWith("1000\n/made/by/workdir\nname\n");
    expect(entry.stdout).toBe("a b\n");
    expect(directory.stdout).toBe("/new/one\n");
  });

  test("mounts what -v says, and makes it on the host when missing", async () => {
    mkdirSync(join(box.directory, "given"));
    writeFileSync(join(box.directory, "given/in"), "from the host");
    const flags = ["-v", "./given:/one:ro", "-v", `${box.directory}/made:/two/deep`];
    const script =
      "cat /one/in; touch /one/x 2>/dev/null || echo ' read-only'; echo hi >/two/deep/f";
    expect((await sh(script, ...flags)).stdout).toBe("from the host read-only\n");
    expect(readFileSync(join(box.directory, "made/f"), "utf8")).toBe("hi\n");
  });

  test("fills an image's volume with what the image has there", async () => {
    const script = "cat /data/seed; touch /data/new; mount | grep -c ' /data '";
    expect((await sh(script)).stdout).toBe("from the image1\n");
    expect((await sh("ls /data")).stdout).toBe("seed\n");
    expect(box.leftovers()).toEqual([]);
  });

  test("keeps the root read-only, and gives and takes privilege", async () => {
    expect((await sh("touch /x || echo refused", "--read-only")).stdout).toBe("refused\n");
    const script = "while read k v; do [ $k = CapBnd: ] && echo $v; done </proc/self/status";
    const results = await Promise.all([
      sh(script),
      sh(script, "--cap-drop", "ALL", "--cap-add", "CHOWN"),
      sh(script, "--privileged"),
    ]);
    const [usual, least, all] = results.map(({ stdout }) => BigInt(`0x${stdout.trim()}`));
    expect(usual).toBe(0xa80425fbn);
    expect(least).toBe(1n);
    expect(all).toBeGreaterThan(usual!);
  });

  test("forwards signals and gives 128 plus the one that ended it", async () => {
    const trap = "trap 'echo caught; exit 7' USR1; echo ready; while :; do sleep 0.05; done";
    const child = box.spawn([...none, "box", "sh", "-c", trap], { stdout: "pipe" });
    const reader = (child.stdout as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("ready\n");
    child.kill("SIGUSR1");
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("caught\n");
    expect(await child.exited).toBe(7);
    const ended = box.spawn(
      [...none, "box", "sh", "-c", "trap - TERM; echo ready; sleep 60 & wait"],
      {
        stdout: "pipe",
      },
    );
    await (ended.stdout as ReadableStream).getReader().read();
    ended.kill("SIGHUP");
    ended.kill("SIGTERM");
    ended.kill("SIGQUIT");
    // The first process of a pid namespace has no default actions: only SIGKILL ends it.
    expect(await Promise.race([ended.exited, Bun.sleep(300).then(() => "alive")])).toBe("alive");
    const [{ id }] = await list();
    await box.run(["rm", "-f", id!]);
    expect(await ended.exited).toBe(137);
    expect(box.leftovers()).toEqual([]);
  });

  async function list(): Promise<[{ id: string }, ...{ id: string }[]]> {
    await using engine = await box.engine();
    const containers = await engine.containers();
    return (await containers.list()) as never;
  }

  test("has a terminal of our size, and follows it", async () => {
    let text = "";
    const script =
      "stty size; trap 'stty size; exit 5' WINCH; echo ready; while :; do sleep 0.05; done";
    const child = box.spawn([...none, "-it", "box", "sh", "-c", script], {
      terminal: {
        cols: 91,
        rows: 33,
        data: (_: unknown, bytes: Uint8Array) => {
          text += Buffer.from(bytes).toString();
        },
      },
    } as never);
    await until(() => text.includes("ready"));
    (child as unknown as { terminal: Bun.Terminal }).terminal.resize(70, 20);
    expect(await child.exited).toBe(5);
    expect(text).toContain("33 91\r\n");
    expect(text).toContain("20 70\r\n");
  });

  test("passes keys on, and lets go of the container at Ctrl-P Ctrl-Q", async () => {
    let text = "";
    const child = box.spawn(["run", "--network", "none", "--name", "left", "-it", "box", "cat"], {
      terminal: {
        data: (_: unknown, bytes: Uint8Array) => {
          text += Buffer.from(bytes).toString();
        },
      },
    } as never) as unknown as Bun.Subprocess & { terminal: Bun.Terminal };
    await until(() => existsSync(join(box.runtimeDirectory, "containers")));
    child.terminal.write("typed\r");
    await until(() => text.split("typed").length > 2);
    child.terminal.write("\x10\x11");
    expect(await child.exited).toBe(0);
    expect((await box.run(["ps", "--format", "{{.Names}} {{.State}}"])).stdout).toBe(
      "left running\n",
    );
    expect((await box.run(["rm", "left"])).stderr).toContain(
      "You cannot remove a running container",
    );
    expect((await box.run(["rm", "-f", "left"])).stdout).toBe("left\n");
    expect(box.leftovers()).toEqual([]);
  });

  test("ends quietly when nobody reads", async () => {
    const child = box.spawn([...none, "--name", "endless", "box", "yes"], { stdout: "pipe" });
    const reader = (child.stdout as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    expect(await child.exited).toBe(141);
    await box.run(["rm", "-f", "endless"]);
    expect(box.leftovers()).toEqual([]);
  });

  test("keeps a container without --rm, and exports it", async () => {
    const script = "echo new >/file; rm /etc/group; exit 3";
    expect((await box.run(["run", "--name", "kept", "box", "sh", "-c", script])).code).toBe(3);
    const again = await box.run(["run", "--name", "kept", "box"]);
    expect(again.stderr).toContain('The container name "/kept" is already in use');
    expect((await box.run(["export", "-o", "kept.tar", "kept"])).code).toBe(0);
    const listed = Bun.spawnSync(["tar", "-tf", join(box.directory, "kept.tar")]).stdout.toString();
    const names = listed.split("\n");
    expect(names).toContain("file");
    expect(names).toContain("bin/busybox");
    for (const absent of ["etc/group", "etc/hosts", "proc/", "dev/", "sys/"])
      expect(names).not.toContain(absent);
    expect((await box.run(["ps", "-a", "--format", "{{.Names}} {{.State}}"])).stdout).toBe(
      "kept exited\n",
    );
    expect((await box.run(["rm", "kept", "nosuch"])).code).toBe(1);
    expect(box.leftovers()).toEqual([]);
  });

  test("connects to the host by the bridge, and knows names", async () => {
    using server = Bun.serve({ hostname: "0.0.0.0", port: 0, fetch: () => new Response("hello") });
    const script = `grep -q "$HOSTNAME" /etc/hosts && cat /etc/resolv.conf; wget -qO- http://up:${server.port}`;
    const { stdout, code } = await box.run([
      ...["run", "--rm", "--add-host", "up:host-gateway", "--dns", "192.0.2.53"],
      ...["box", "sh", "-c", script.replace("grep -q", "cat /etc/hosts | busybox grep -q")],
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("nameserver 192.0.2.53\n");
    expect(stdout).toEndWith("hello");
    expect(box.leftovers()).toEqual([]);
  });

  test("shares the host's network on demand", async () => {
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response("local"),
    });
    const args = ["run", "--rm", "--network", "host", "box", "wget", "-qO-", server.url.href];
    expect((await box.run(args)).stdout).toBe("local");
  });

  test("puts a kill -9 right at the next command", async () => {
    const child = box.spawn([
      ...none,
      "--network",
      "bridge",
      "box",
      "sh",
      "-c",
      "sleep 0.4; echo done",
    ]);
    await until(() => box.leftovers().some((name) => name.endsWith("/rootfs")));
    child.kill("SIGKILL");
    await child.exited;
    expect(box.leftovers()).not.toEqual([]);
    await Bun.sleep(600);
    await box.run(["ps"]);
    expect(box.leftovers()).toEqual([]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 5000) throw new Error("what was waited for did not come");
    await Bun.sleep(10);
  }
}
