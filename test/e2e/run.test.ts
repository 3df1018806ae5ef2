import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(30_000);

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
      [127, ["box", ""], 'exec: "": executable file not found in $PATH'],
      [125, ["-v", "/etc:/etc/passwd", "box"], "a directory cannot be mounted onto a file"],
      [125, ["-w", "/etc/passwd", "box"], "passwd is no directory"],
      [126, ["box", "/etc/passwd"], 'exec: "/etc/passwd": permission denied'],
      [1, ["-d", "-a", "stdout", "box"], "cannot specify both --attach and --detach"],
      [125, ["--restart", "always", "box"], "cannot specify both --restart and --rm"],
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

  test("takes variables and directories from where it is called", async () => {
    writeFileSync(join(box.directory, "vars"), "# comment\nFILE=1\nBOTH=file\n");
    const flags = ["-v", "./made:/two/deep", "-e", "BOTH=flag", "--env-file", "vars", "-h", "name"];
    const { stdout } = await sh("echo $FILE $BOTH; hostname; pwd; echo hi >/two/deep/f", ...flags);
    expect(stdout).toBe("1 flag\nname\n/made/by/workdir\n");
    expect(readFileSync(join(box.directory, "made/f"), "utf8")).toBe("hi\n");
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

  test("ends quietly when nobody reads, and leaves the container to itself", async () => {
    const child = box.spawn([...none, "box", "yes"], { stdout: "pipe" });
    const reader = (child.stdout as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    expect(await child.exited).toBe(141);
    expect((await box.run(["ps", "-q"])).stdout).not.toBe("");
  });

  test("says in one line that its output cannot be written", async () => {
    const full = openSync("/dev/full", "w");
    const child = box.spawn([...none, "box", "yes"], { stdout: full, stderr: "pipe" });
    const stderr = await new Response(child.stderr as never).text();
    closeSync(full);
    expect(stderr).toBe("write /dev/stdout: no space left on device\n");
    expect(await child.exited).toBe(1);
  });

  test("gives an input that cannot be read as an empty one", async () => {
    const stdin = openSync("/", "r");
    const child = box.spawn([...none, "-i", "box", "cat"], { stdin, stderr: "pipe" });
    const stderr = await new Response(child.stderr as never).text();
    closeSync(stdin);
    expect([stderr, await child.exited]).toEqual(["", 0]);
  });

  test("leaves a container that does not listen at the third SIGINT or SIGTERM", async () => {
    const deaf = "trap '' INT TERM; echo ready; while :; do sleep 0.05; done";
    const options = { stdout: "pipe", stderr: "pipe" };
    const child = box.spawn([...none, "box", "sh", "-c", deaf], options);
    await (child.stdout as ReadableStream).getReader().read();
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      child.kill(signal);
      expect(await Promise.race([child.exited, Bun.sleep(150).then(() => "alive")])).toBe("alive");
    }
    child.kill("SIGTERM");
    expect(await child.exited).toBe(1);
    expect(await new Response(child.stderr as never).text()).toBe(
      "\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n",
    );
    expect((await box.run(["ps", "--format", "{{.State}}"])).stdout).toBe("running\n");
  });

  test("keeps a container without --rm, and exports it", async () => {
    const script = "test -h /etc/mtab || exit 4; echo new >/file; rm /etc/group; exit 3";
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
});

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 20_000) throw new Error("what was waited for did not come");
    await Bun.sleep(10);
  }
}
