import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";
import { processStart } from "../../src/kernel/index.ts";
import { openState } from "../../src/state/index.ts";
import { mountsBelow } from "../shale.ts";

setDefaultTimeout(120_000);

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("containers whose programs are killed", () => {
  const box = new Sandbox();
  const shale = (...args: string[]) => box.run(args);
  beforeAll(() => box.open().then(() => undefined));
  afterEach(() => box.clear());
  afterAll(() => box[Symbol.asyncDispose]());

  /** What containers have left on the machine: records, files, mounts, links, groups, processes. */
  function leftovers(): string[] {
    using state = openState(box.root);
    const ids = new Set(state.events.after(0).map(({ actor }) => actor));
    const groups = readdirSync("/sys/fs/cgroup").flatMap((name) =>
      namesIn(`/sys/fs/cgroup/${name}/shale`),
    );
    const mounts = mountsBelow(box.runtimeDirectory).filter((path) => !path.includes("/layers/"));
    return [
      ...box.leftovers(),
      ...mounts,
      ...groups.filter((name) => ids.has(name)),
      ...links(),
      ...processes(),
    ];
  }

  function links(): string[] {
    const bridge = `shale-${box.runtimeDirectory.slice(-12).slice(0, 8)}`;
    const shown = Bun.spawnSync(["ip", "-o", "link", "show", "master", bridge]);
    return shown.exitCode === 0 ? shown.stdout.toString().split("\n").filter(Boolean) : [];
  }

  function processes(): string[] {
    const all = Bun.spawnSync(["ps", "-eo", "pid,args"]).stdout.toString().split("\n");
    const ours = [box.directory, box.runtimeDirectory];
    // The name server of a store stays for a while.
    return all.filter((line) => ours.some((path) => line.includes(path)) && !/aardvark/.test(line));
  }

  /** What is on its way ends by itself. */
  async function settled(): Promise<string[]> {
    for (let left = leftovers(); ; left = leftovers())
      if (left.length === 0 || processes().length === 0) return left;
      else await Bun.sleep(50);
  }

  test("forty of them leave nothing", async () => {
    for (let round = 0; round < 10; round++) {
      const runs = Array.from({ length: 4 }, () => shale("run", "--rm", "box", "true"));
      const codes = (await Promise.all(runs)).map(({ code, stderr }) => [code, stderr]);
      expect(codes).toEqual(Array(4).fill([0, ""]));
    }
    expect(await settled()).toEqual([]);
  });

  test("fifty are started at once", async () => {
    const start = () => shale("run", "-d", "box", "sleep", "1000");
    const results = await Promise.all(Array.from({ length: 50 }, start));
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    const ids = results.map(({ stdout }) => stdout.trim());
    expect((await shale("ps", "-q", "--no-trunc")).stdout.trim().split("\n").sort()).toEqual(
      ids.toSorted(),
    );
    const removed = await shale("rm", "-f", ...ids);
    expect(removed).toEqual({ code: 0, stdout: `${ids.join("\n")}\n`, stderr: "" });
    expect(await settled()).toEqual([]);
  });

  test("kill -9 of run at any moment leaves nothing that the next command does not repair", async () => {
    for (let ms = 10; ms < 240; ms += 15) {
      const child = box.spawn(["run", "--rm", "box", "true"], { stdio: Array(3).fill("ignore") });
      await Bun.sleep(ms);
      child.kill("SIGKILL");
      await child.exited;
    }
    const names = async () => (await shale("ps", "-aq")).stdout;
    while ((await names()) !== "") await Bun.sleep(50);
    expect(await settled()).toEqual([]);
  });

  test("one that has lost its command line ends and goes all the same", async () => {
    const flags = ["run", "--rm", "-i", "--name", "alone", "--network", "none"];
    const child = box.spawn([...flags, "box", "sh", "-c", "echo up; read end"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const reader = (child.stdout as ReadableStream).getReader();
    await reader.read();
    child.kill("SIGKILL");
    while ((await shale("ps", "-aq")).stdout !== "") await Bun.sleep(50);
    expect(await settled()).toEqual([]);
  });

  test("kill -9 of stop and rm at any moment is repaired", async () => {
    for (const [index, verb] of ["stop", "rm", "restart", "kill"].entries()) {
      const name = `some${index}`;
      await shale("run", "-d", "--name", name, "box", "sleep", "1000");
      for (let ms = 60; ms < 200; ms += 35) {
        const args = [verb, ...(verb === "rm" ? ["-f"] : []), name];
        const child = box.spawn(args, { stdio: Array(3).fill("ignore") });
        await Bun.sleep(ms);
        child.kill("SIGKILL");
        await child.exited;
      }
    }
    const ids = (await shale("ps", "-aq")).stdout.split("\n").filter(Boolean);
    if (ids.length > 0) expect(await shale("rm", "-f", ...ids)).toMatchObject({ code: 0 });
    expect(await settled()).toEqual([]);
  });

  test("one that fills the disk ends with its own code, and can be removed while nothing can be written", async () => {
    using _ = smallDisk(box.root);
    const archive = `${box.directory}/box.tar`;
    Bun.spawnSync(["tar", "-C", `${box.directory}/rootfs`, "-cf", archive, "."]);
    expect(await shale("import", archive, "box")).toMatchObject({ code: 0 });
    const fill = "cat /dev/zero > /big; echo filled; test -s /big && exit 7";
    const flags = ["run", "--name", "full", "--network", "none", "box", "sh", "-c", fill];
    const { code, stdout, stderr } = await shale(...flags);
    expect([code, stdout]).toEqual([7, "filled\n"]);
    expect(stderr).toContain("No space left on device");
    const states = ["ps", "-a", "--format", "{{.Names}} {{.State}}"];
    expect((await shale(...states)).stdout).toBe("full exited\n");
    const used = ["run", "-d", "--name", "used", "--network", "none", "box", "sleep", "1000"];
    expect(await shale(...used)).toMatchObject({ code: 0 });
    expect(await shale("stop", "-t", "0", "used")).toMatchObject({ code: 0 });
    expect((await shale(...states)).stdout).toBe("used exited\nfull exited\n");
    rmSync(`${box.root}/reserve`);
    const { bavail, bsize } = statfsSync(box.root);
    writeFileSync(`${box.root}/filler`, new Uint8Array(Math.max(0, bavail * bsize - (48 << 10))));
    expect(await shale("rm", "full")).toMatchObject({ code: 0, stderr: "" });
    expect(await shale("container", "prune", "-f")).toMatchObject({ code: 0 });
    expect(await settled()).toEqual([box.root]);
  });

  test("kill -9 of conmon leaves a container that is told to be down, and is", async () => {
    const id = (await shale("run", "-d", "--name", "lost", "box", "sleep", "1000")).stdout.trim();
    const bundle = `${box.runtimeDirectory}/containers/${id}`;
    const pid = Number(readFileSync(`${bundle}/container.pid`, "utf8"));
    process.kill(Number(readFileSync(`${bundle}/conmon.pid`, "utf8")), "SIGKILL");
    const state = "{{.State.Status}} {{.State.ExitCode}}";
    while ((await shale("inspect", "-f", state, "lost")).stdout === "running 0\n")
      await Bun.sleep(20);
    expect((await shale("inspect", "-f", state, "lost")).stdout).toBe("exited 255\n");
    expect(processStart(pid)).toBeUndefined();
    await shale("rm", "lost");
    expect(await settled()).toEqual([]);
  });
});

/** A disk of 48 MB over the store, for as long as it is used. */
function smallDisk(root: string): Disposable {
  const image = `${root}.img`;
  const unmount = () => Bun.spawnSync(["umount", "-l", root]);
  mkdirSync(root, { recursive: true });
  writeFileSync(image, "");
  truncateSync(image, 48 << 20);
  Bun.spawnSync(["mkfs.ext4", "-q", "-b", "4096", image]);
  const { exitCode, stderr } = Bun.spawnSync(["mount", "-o", "loop", image, root]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return { [Symbol.dispose]: unmount };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
