import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";
import { type Dockerd, execute, startDockerd } from "../peers.ts";
import { systemCallProgram } from "../system-call-program.ts";
import { ESCAPES } from "./isolation/escapes.ts";
import {
  ALLOWED_CALLS,
  LATELY_REFUSED_CALLS,
  REFUSED_CALLS,
  type RefusedCall,
} from "./isolation/system-calls.ts";

setDefaultTimeout(60_000);

const hasDocker = Bun.which("dockerd") !== null && existsSync("/usr/bin/docker");
/** What of /proc/self/status says what a process may do. */
const POWERS = "grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups|Uid|Gid)' /proc/self/status";
/** Lines of mountinfo as target, type and options of a container's own mounts. */
const MOUNTS = "busybox awk '{print $5, $6}' /proc/self/mountinfo";

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("a plain container", () => {
  const box = new Sandbox();
  const marker = join(box.directory, "marker");
  const probe = join(box.directory, "probe");
  const run = (...args: string[]) => box.run(["run", "--rm", ...args]);
  const sh = (script: string, ...flags: string[]) => run(...flags, "box", "sh", "-c", script);

  const start = (name: string, ...command: string[]) => {
    const looping = command.length > 0 ? command : ["sleep", "1000"];
    return box.run(["run", "-d", "--network", "none", "--name", name, "box", ...looping]);
  };

  beforeAll(async () => {
    await box.open();
    mkdirSync(probe);
    writeFileSync(marker, "of the host");
    writeFileSync(join(probe, "call"), systemCallProgram(), { mode: 0o755 });
    writeFileSync(join(probe, "calls.sh"), scriptOf([...REFUSED_CALLS, ...ALLOWED_CALLS]));
    writeFileSync(join(probe, "late.sh"), scriptOf(LATELY_REFUSED_CALLS));
    writeFileSync(join(probe, "escapes.sh"), escapesScript(marker));
  });
  afterEach(() => box.clear());
  afterAll(() => box[Symbol.asyncDispose]());

  test("refuses the system calls that lead out, and only those", async () => {
    const { stdout } = await sh(
      "sh /probe/calls.sh; sh /probe/late.sh",
      "-v",
      `${probe}:/probe:ro`,
    );
    const calls = [...REFUSED_CALLS, ...ALLOWED_CALLS, ...LATELY_REFUSED_CALLS];
    expect(stdout.trim().split("\n")).toEqual(calls.map(({ name, error }) => `${name}: ${error}`));
  });

  test("withstands the escapes that are known", async () => {
    const { stdout } = await sh("sh /probe/escapes.sh 2>/dev/null", "-v", `${probe}:/probe:ro`);
    expect(stdout.split("\n").filter((line) => line.includes("ESCAPED"))).toEqual([]);
    expect(stdout).toEndWith("-- done\n");
  });

  test("has no descriptor but its own three", async () => {
    const list = "cd /proc/self/fd && echo *";
    // The fourth is the shell's own, of the listing.
    expect((await sh(list, "--network", "none")).stdout).toBe("0 1 2 3\n");
    expect((await sh(list)).stdout).toBe("0 1 2 3\n");
    await start("kept");
    const both = await box.run(["exec", "kept", "sh", "-c", `cd /proc/1/fd && echo *; ${list}`]);
    expect(both.stdout).toBe("0 1 2\n0 1 2 3\n");
  });

  describe("a working directory among the runtime's descriptors (CVE-2024-21626)", () => {
    const places = Array.from({ length: 9 }, (_, index) => `/proc/self/fd/${index + 3}`);
    const cat = `cat "../../../../../../../..${marker}"; cat "./..${marker}"`;
    const none = ["--network", "none"];
    const seenBy = async (tries: Promise<{ stdout: string }>[]) =>
      (await Promise.all(tries)).filter(({ stdout }) => stdout !== "");

    test.each(["crun", "runc"].filter((name) => Bun.which(name)))("of %s", async (runtime) => {
      const flags = [...none, "--runtime", runtime];
      expect(await seenBy(places.map((place) => sh(cat, ...flags, "-w", place)))).toEqual([]);
    });

    test("of an image", async () => {
      const { stdout } = Bun.spawnSync([
        "tar",
        "-C",
        join(box.directory, "rootfs"),
        "-cf",
        "-",
        ".",
      ]);
      const make = async (place: string, index: number) => {
        const image = `placed${index}`;
        await box.run(["import", "-c", `WORKDIR ${place}`, "-", image], stdout);
        return run(...none, image, "sh", "-c", cat);
      };
      expect(await seenBy([6, 7, 8].map((index) => make(`/proc/self/fd/${index}`, index)))).toEqual(
        [],
      );
    });

    test("of exec", async () => {
      await start("kept");
      const tries = places.map((place) => box.run(["exec", "-w", place, "kept", "sh", "-c", cat]));
      expect(await seenBy(tries)).toEqual([]);
    });
  });

  test("a link in the image does not lead a mount out of it (CVE-2021-30465)", async () => {
    const image = join(box.directory, "linked");
    const outside = join(box.directory, "outside");
    mkdirSync(join(image, "bin"), { recursive: true });
    mkdirSync(outside);
    execute(["cp", Bun.which("busybox")!, join(image, "bin/busybox")]);
    symlinkSync("busybox", join(image, "bin/sh"));
    symlinkSync(outside, join(image, "absolute"));
    symlinkSync(`../../../../../../../..${outside}`, join(image, "relative"));
    symlinkSync("/proc/self/cwd", join(image, "magic"));
    const tar = Bun.spawnSync(["tar", "-C", image, "-cf", "-", "."]).stdout;
    expect((await box.run(["import", "-", "linked"], tar)).code).toBe(0);
    for (const link of ["absolute", "relative", "magic"]) {
      const script = `echo made > /${link}/made/file; echo made > /${link}/file`;
      const bound = `${probe}:/${link}/bound`;
      const mounts = ["-v", `/${link}/made`, "--tmpfs", `/${link}/tmpfs`, "-v", bound];
      await run(...mounts, "linked", "/bin/sh", "-c", script);
    }
    const links = `busybox ln -s ${outside} /v/absolute; busybox ln -s ../../../../..${outside} /v/relative`;
    await sh(links, "-v", "evil:/v");
    for (const link of ["absolute", "relative"])
      await run("-v", "evil:/v", "-v", `${probe}:/v/${link}/bound`, "box", "true");
    expect(execute(["find", outside])).toBe(outside);
  });

  test("the runtime cannot be overwritten from inside (CVE-2019-5736)", async () => {
    const before = runtimes();
    const loop = "while :; do for p in /proc/[0-9]*; do echo x > $p/exe; done; done 2>/dev/null";
    await start("kept", "sh", "-c", loop);
    const enter = Array.from({ length: 4 }, () => box.run(["exec", "kept", "/proc/self/exe"]));
    await Promise.all(enter);
    await run("--network", "none", "--entrypoint", "/proc/self/exe", "box", "--version");
    await sh("echo x > /proc/self/exe", "--privileged", "--network", "none");
    expect(runtimes()).toEqual(before);
  });

  test("with --privileged and --cap-add has what it asks for", async () => {
    const { stdout } = await sh("busybox mount -t tmpfs x /tmp && echo ok", "--privileged");
    expect(stdout).toBe("ok\n");
    const added = await sh("busybox ip link set lo down && echo ok", "--cap-add", "net_admin");
    expect(added.stdout).toBe("ok\n");
    expect((await sh(POWERS, "--cap-drop", "ALL")).stdout).toContain("CapBnd:\t0000000000000000");
  });

  describe.skipIf(!hasDocker)("is what Docker makes of it:", () => {
    let daemon: Dockerd;
    const inDocker = (script: string) =>
      daemon.docker(["run", "--rm", "-v", `${probe}:/probe:ro`, "box", "sh", "-c", script]);

    beforeAll(async () => {
      daemon = await startDockerd();
      const root = join(box.directory, "rootfs");
      const tar = Bun.spawnSync(["tar", "-C", root, "-cf", "-", "."]).stdout;
      daemon.docker(["import", "-", "box"], { input: tar });
    });
    afterAll(() => daemon[Symbol.asyncDispose]());

    test("capabilities, seccomp, ids", async () => {
      expect((await sh(POWERS)).stdout.trimEnd()).toBe(inDocker(POWERS));
    });

    test("refused and allowed system calls", async () => {
      const script = "sh /probe/calls.sh";
      const ours = await sh(script, "-v", `${probe}:/probe:ro`);
      expect(ours.stdout.trimEnd()).toBe(inDocker(script));
    });

    test("masked and read-only paths, and perhaps more", async () => {
      const hidden = (text: string) =>
        text.split("\n").filter((line) => /^\/(proc|sys)/.test(line));
      const targets = (text: string) => hidden(text).map((line) => line.split(" ")[0]);
      const readOnly = (text: string) =>
        hidden(text).flatMap((line) => (/ ro\b/.test(line) ? [line.split(" ")[0]] : []));
      const [ours, docker] = [(await sh(MOUNTS)).stdout, inDocker(MOUNTS)];
      expect(targets(ours)).toEqual(expect.arrayContaining(targets(docker)));
      expect(readOnly(ours)).toEqual(expect.arrayContaining(readOnly(docker)));
    });

    test("device nodes", async () => {
      const list = "ls -l /dev | busybox awk '{print $1, $5, $6, $NF}' | grep -v total";
      const nodes = (text: string) =>
        text
          .split("\n")
          .filter((line) => line.startsWith("c"))
          .sort();
      expect(nodes((await sh(list)).stdout)).toEqual(nodes(inDocker(list)));
    });
  });
});

function scriptOf(calls: readonly RefusedCall[]): string {
  return calls
    .map(({ name, call }) => {
      const words = call.map((word) => `'${word}'`).join(" ");
      return `/probe/call ${words}; echo "${name}: $?"\n`;
    })
    .join("");
}

/** Each in a shell of its own, so that one that ends it does not spare us the others. */
function escapesScript(marker: string): string {
  const { rdev } = statSync(blockDevice());
  const variables = `export marker='${marker}' disk='${rdev >> 8} ${rdev & 0xff}' outside=${process.pid}\n`;
  const tries = ESCAPES.map(({ name, script }) => `echo "-- ${name}"; (\n${script}\n)\n`);
  return `${variables}${tries.join("")}echo "-- done"\n`;
}

/** Any disk that the host has; /dev/null's numbers read as a block device where it has none. */
function blockDevice(): string {
  const disks = ["/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/loop0"];
  return disks.find((path) => existsSync(path)) ?? "/dev/null";
}

function runtimes(): string[] {
  const paths = ["crun", "runc", "conmon"].flatMap((name) => Bun.which(name) ?? []);
  return paths.map((path) =>
    new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex"),
  );
}
