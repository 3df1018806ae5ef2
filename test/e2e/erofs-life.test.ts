// The life of mounted layers: crashes, reboots, deleted stores, several processes, odd file systems,
// stores of several drivers. Needs root, crun and a kernel with EROFS.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execute } from "../peers.ts";
import {
  base,
  createSandbox,
  killAfter,
  leftovers,
  mountsBelow,
  removeEverything,
  runDirectory,
  type Sandbox,
  timeOf,
  unmountBelow,
} from "../shale.ts";

const KILLS = 20;
const QUIET = ["--rm", "--network", "none"];

let box: Sandbox;
let context: string;

beforeAll(() => {
  box = createSandbox();
  box.shale("import", base("busybox"), "busybox");
  context = box.files("context", {
    Dockerfile: "FROM busybox\nCOPY data /data\nCOPY data/7 /seven\n",
    ...Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`data/${n}`, `${n}\n`.repeat(5000)]),
    ),
  });
}, 60_000);

afterAll(() => box[Symbol.dispose]());

function build(home: Sandbox, name: string, dockerfile: string, files = {}): void {
  const directory = home.files(name, { ...files, Dockerfile: dockerfile });
  home.shale("build", "-q", "-t", name, directory);
}

describe("kill -9 at twenty random moments", () => {
  test("of import, COPY and rmi, the next command works", async () => {
    const commands = [
      ["import", base("debian"), "debian"],
      ["build", "--no-cache", "-t", "crashed", context],
      ["rmi", "-f", "crashed", "debian"],
    ];
    const times = commands.map((command) => timeOf(box, command));
    let killed = 0;
    for (let round = 0; round < KILLS; round++) {
      const moment = Math.random() * times[round % 3]!;
      if (await killAfter(box, commands[round % 3]!, moment)) killed++;
      expect(box.shale("run", ...QUIET, "busybox", "echo", "works")).toBe("works");
      // Layers that are there are mounted now, so that the next rmi has something to unmount.
      box.run(["run", ...QUIET, "crashed", "true"]);
    }
    expect(killed).toBeGreaterThan(5);
  }, 60_000);

  test("a repeat succeeds", () => {
    box.shale("import", base("debian"), "debian");
    box.shale("build", "-q", "-t", "crashed", context);
    expect(
      box.shale("run", ...QUIET, "crashed", "sh", "-c", "ls /data | wc -l; cmp /seven /data/7"),
    ).toBe("300");
    expect(box.shale("run", ...QUIET, "debian", "dpkg", "--verify")).toBe("");
  }, 30_000);

  test("removing everything leaves nothing", () => {
    removeEverything(box);
    expect(leftovers(box.root)).toEqual([]);
    box.shale("import", base("busybox"), "busybox");
  }, 30_000);
});

test("after a reboot images run, are built on, and kept containers have their changes", () => {
  build(box, "before", "FROM busybox\nRUN echo before > /before\n");
  box.shale(
    "run",
    "--network",
    "none",
    "--name",
    "kept",
    "before",
    "sh",
    "-c",
    "echo mine > /mine; rm /bin/vi /before",
  );
  expect(mountsBelow(runDirectory(box.root))).not.toEqual([]);
  unmountBelow(runDirectory(box.root));
  rmSync(runDirectory(box.root), { recursive: true });
  const out = join(box.work, "kept.tar");
  box.shale("export", "-o", out, "kept");
  const names = execute(["tar", "-tf", out]).split("\n");
  expect(["mine", "before", "bin/vi", "bin/ls"].filter((name) => names.includes(name))).toEqual([
    "mine",
    "bin/ls",
  ]);
  unmountBelow(runDirectory(box.root));
  expect(box.shale("run", ...QUIET, "before", "cat", "/before")).toBe("before");
  unmountBelow(runDirectory(box.root));
  build(box, "after", "FROM before\nRUN cat /before > /after\n");
  expect(box.shale("run", ...QUIET, "after", "cat", "/after")).toBe("before");
  box.shale("rm", "kept");
}, 30_000);

test("a store made anew at the place of a deleted one has nothing of the old one", () => {
  using home = createSandbox();
  for (const content of ["one", "two", "six", "ten"]) {
    rmSync(home.root, { recursive: true, force: true });
    home.shale("import", base("busybox"), "busybox");
    build(home, "content", "FROM busybox\nCOPY f /f\nRUN cp /f /g\n", { f: content });
    expect(home.shale("run", ...QUIET, "content", "cat", "/f", "/g")).toBe(content + content);
    home.shale("run", "--network", "none", "--name", "kept", "content", "true");
  }
  removeEverything(home);
  expect(leftovers(home.root)).toEqual([]);
}, 30_000);

describe("several processes at once", () => {
  test("mount the same layers once, and each sees all of them", async () => {
    build(box, "shared", "FROM busybox\nCOPY f /f\nCOPY f /g\nRUN echo h > /h\nCOPY f /i\n", {
      f: "f",
    });
    for (let round = 0; round < 4; round++) {
      unmountBelow(runDirectory(box.root));
      const runs = Array.from({ length: 4 }, () =>
        box.start(["run", ...QUIET, "shared", "cat", "/f", "/g", "/h", "/i"]),
      );
      const outputs = await Promise.all(runs.map(({ stdout }) => new Response(stdout).text()));
      expect(outputs).toEqual(runs.map(() => "ffh\nf"));
      const mounts = mountsBelow(runDirectory(box.root));
      expect(mounts).toEqual([...new Set(mounts)]);
    }
  }, 30_000);

  test("a container goes on reading its layers while its image is removed, then they go", async () => {
    const inside =
      "until [ -e /signal/go ]; do sleep 0.1; done; cat /data/* | md5sum; ls /data | wc -l";
    const hash = execute(["sh", "-c", "cat data/* | md5sum"], { cwd: context });
    const signal = box.files("signal", { ready: "" });
    box.shale("build", "-q", "-t", "busy", context);
    const running = box.start([
      "run",
      ...QUIET,
      "-v",
      `${signal}:/signal`,
      "busy",
      "sh",
      "-c",
      `touch /signal/up; ${inside}`,
    ]);
    while (!(await Bun.file(join(signal, "up")).exists())) await Bun.sleep(20);
    const id = box.shale("images", "-q", "busy");
    for (const command of [
      ["rmi", "-f", "busy"],
      ["rmi", "-f", id],
      ["image", "prune", "-af"],
      ["builder", "prune", "-af"],
    ])
      box.run(command);
    writeFileSync(join(signal, "go"), "");
    expect(await new Response(running.stdout).text()).toBe(`${hash}\n300\n`);
    expect(await running.exited).toBe(0);
    removeEverything(box);
    expect(leftovers(box.root)).toEqual([]);
    box.shale("import", base("busybox"), "busybox");
  }, 30_000);
});

describe("a store", () => {
  function works(home: Sandbox): void {
    home.shale("import", base("busybox"), "busybox");
    build(home, "works", "FROM busybox\nCOPY f /f\nRUN cp /f /g && rm /bin/vi\n", { f: "f" });
    expect(home.run(["run", ...QUIET, "works", "sh", "-c", "cat /f /g; ls /bin/vi"]).stdout).toBe(
      "ff",
    );
    removeEverything(home);
    expect(leftovers(home.root)).toEqual([]);
  }

  test("on an overlay mount copies, and says why", () => {
    using home = createSandbox("merged/store");
    const directories = ["lower", "upper", "work", "merged"].map((name) =>
      join(dirname(home.root), "..", name),
    );
    for (const directory of directories) mkdirSync(directory, { recursive: true });
    const [lower, upper, work, merged] = directories;
    execute([
      "mount",
      "-t",
      "overlay",
      "overlay",
      "-o",
      `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
      merged!,
    ]);
    expect(home.shale("info")).toMatch(
      /Storage Driver: copy\n(.*\n)* Driver erofs: not usable: mount .*\n Driver overlay: not usable: mount /,
    );
    home.shale("import", base("busybox"), "busybox");
    const refused = home.run(["--storage-driver", "erofs", "run", ...QUIET, "busybox", "true"]);
    expect(refused.stderr).toContain("use --storage-driver copy");
    works(home);
  }, 30_000);

  test("on tmpfs works, by loop devices that go with the mounts", () => {
    using home = createSandbox("memory/store");
    mkdirSync(dirname(home.root));
    execute(["mount", "-t", "tmpfs", "tmpfs", dirname(home.root)]);
    expect(home.shale("info")).toContain(
      "Driver erofs: usable: images are mounted by loop devices",
    );
    works(home);
  }, 30_000);

  test("that is copied to another file system works there, both by what suits them", () => {
    using home = createSandbox("memory/store");
    using origin = createSandbox();
    origin.shale("import", base("busybox"), "busybox");
    expect(origin.shale("run", ...QUIET, "busybox", "echo", "before")).toBe("before");
    mkdirSync(dirname(home.root));
    execute(["mount", "-t", "tmpfs", "tmpfs", dirname(home.root)]);
    execute(["cp", "-a", origin.root, home.root]);
    expect(home.shale("run", ...QUIET, "busybox", "echo", "copied")).toBe("copied");
    expect(origin.shale("run", ...QUIET, "busybox", "echo", "after")).toBe("after");
  }, 30_000);

  test("works at any path", () => {
    using home = createSandbox('a b,c:d\\e="f"/dev=ice,lower:dir\nü/store');
    works(home);
  }, 30_000);

  test("may have layers of several drivers", () => {
    using home = createSandbox();
    const drivers = ["overlay", "erofs", "copy"];
    const run = (driver: string, args: string[]) =>
      home.shale("--storage-driver", driver, "run", "--network", "none", ...args);
    home.shale("import", base("busybox"), "busybox");
    for (const driver of drivers) {
      const directory = home.files(driver, {
        Dockerfile: `FROM busybox\nRUN echo ${driver} > /made && rm /bin/vi\n`,
      });
      home.shale("--storage-driver", driver, "build", "-q", "-t", driver, directory);
      run(driver, [
        "--name",
        `kept-${driver}`,
        driver,
        "sh",
        "-c",
        `echo kept > /kept-${driver}; rm /bin/ls`,
      ]);
    }
    for (const by of drivers)
      for (const driver of drivers) {
        expect(
          run(by, ["--rm", driver, "sh", "-c", "cat /made; ls /bin | grep -cx vi || true"]),
        ).toBe(`${driver}\n0`);
        const out = join(home.work, "kept.tar");
        home.shale("--storage-driver", by, "export", "-o", out, `kept-${driver}`);
        const names = execute(["tar", "-tf", out]).split("\n");
        expect(names.filter((name) => /^(kept-|made|bin\/(ls|vi|cat)$)/.test(name)).sort()).toEqual(
          ["bin/cat", `kept-${driver}`, "made"],
        );
      }
    removeEverything(home);
    expect(leftovers(home.root)).toEqual([]);
  }, 30_000);
});
