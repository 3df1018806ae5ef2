// What is kept outside of containers: volumes, by all the ways to ask for them. Needs root, crun,
// conmon and busybox.
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { base, createSandbox, leftovers, removeEverything, type Sandbox } from "../shale.ts";

setDefaultTimeout(60_000);

/** So many that a process can be killed while they are copied. */
const MANY = 3000;
const DOCKERFILE = `
FROM busybox
RUN mkdir -p /kept && chmod 751 /kept && chown 33:44 /kept && echo seed > /kept/seed
RUN mkdir /many && cd /many && for i in $(seq ${MANY}); do : > $i; done
RUN ln -s ../../../../../../tmp /hostile && ln -s /proc/self/root /root/loop
VOLUME /kept
`;

const able = process.getuid?.() === 0 && Bun.which("conmon") !== null;

describe.skipIf(!able)("volumes", () => {
  let box: Sandbox;

  beforeAll(() => {
    box = createSandbox();
    box.shale("import", base("busybox"), "busybox");
    box.shale("build", "-q", "-t", "app", box.files("app", { Dockerfile: DOCKERFILE }));
  }, 120_000);
  afterEach(() => {
    const containers = box.shale("ps", "-aq").split("\n").filter(Boolean);
    if (containers.length > 0) box.shale("rm", "-f", ...containers);
    box.shale("volume", "prune", "-af");
    expect(volumes()).toEqual([]);
  });
  afterAll(() => {
    removeEverything(box);
    const left = leftovers(box.root);
    box[Symbol.dispose]();
    expect(left).toEqual([]);
  });

  const none = ["--network", "none"];
  const run = (...args: string[]) => box.shale("run", "--rm", ...none, ...args);
  const refuse = (...args: string[]) => box.run(["run", "--rm", ...none, ...args]).stderr;
  const sh = (script: string, ...flags: string[]) => run(...flags, "busybox", "sh", "-c", script);
  const home = (name: string) => join(box.root, "volumes", name);
  const volumes = () => readdirSync(join(box.root, "volumes"));
  const listed = () => box.shale("volume", "ls", "-q").split("\n").filter(Boolean);

  test("two containers have one volume, and its data outlive them", () => {
    const wait = "until [ -e /v/go ]; do sleep 0.05; done; cat /v/go";
    box.shale(
      "run",
      "-d",
      ...none,
      "--name",
      "first",
      "-v",
      "data:/v",
      "busybox",
      "sh",
      "-c",
      wait,
    );
    sh("echo from the second > /v/go", "-v", "data:/v");
    expect(box.shale("wait", "first")).toBe("0");
    expect(box.run(["volume", "rm", "data"]).stderr).toMatch(
      /^Error: remove data: volume is in use - \[[0-9a-f]{64}\]\n$/,
    );
    box.shale("rm", "-v", "first");
    expect(sh("cat /v/go", "-v", "data:/v:ro")).toBe("from the second");
    expect(box.shale("volume", "rm", "data")).toBe("data");
  });

  test("what the image keeps is in a volume of its own, which goes with --rm and rm -v", () => {
    expect(run("app", "stat", "-c", "%u:%g %a", "/kept", "/kept/seed")).toBe("33:44 751\n0:0 644");
    expect(listed()).toEqual([]);
    box.shale(
      "run",
      ...none,
      "--name",
      "one",
      "-v",
      "/other",
      "app",
      "sh",
      "-c",
      "echo x > /kept/x",
    );
    expect(listed()).toHaveLength(2);
    const mounts = ["--volumes-from", "one:ro"];
    expect(run(...mounts, "busybox", "ls", "/kept")).toBe("seed\nx");
    expect(refuse(...mounts, "busybox", "touch", "/kept/y")).toContain("Read-only file system");
    expect(listed()).toHaveLength(2);
    box.shale("rm", "-v", "one");
    expect(listed()).toEqual([]);
    box.shale("run", ...none, "--name", "two", "app", "true");
    box.shale("rm", "two");
    expect(listed()).toHaveLength(1);
    expect(box.shale("volume", "prune", "-f")).toContain("Deleted Volumes:\n");
  });

  test("a process killed while it fills a volume leaves one that is filled again", async () => {
    let hit = 0;
    for (let tries = 0; tries < 3; tries++) {
      const name = `many${tries}`;
      const child = box.start(["run", "--rm", ...none, "-v", `${name}:/many`, "app", "true"]);
      while (!existsSync(join(home(name), "fill")) && child.exitCode === null) await Bun.sleep(1);
      child.kill("SIGKILL");
      await child.exited;
      if (child.signalCode === "SIGKILL") hit++;
      const count = "ls /many | wc -l; ls /many | sort -n | tail -1";
      const again = ["-v", `${name}:/many`, "app", "sh", "-c", count];
      expect(run(...again)).toBe(`${MANY}\n${MANY}`);
      expect(readdirSync(home(name)).sort()).toEqual(["_data", "lock"]);
    }
    expect(hit).toBeGreaterThan(0);
  });

  test("a tmpfs is as large as asked for", () => {
    const fill = "dd if=/dev/zero of=/t/x bs=64k count=32 2>/dev/null; stat -c %s /t/x";
    expect(sh(fill, "--tmpfs", "/t:size=1m")).toBe(String(1024 ** 2));
    const mount = "type=tmpfs,dst=/t,tmpfs-size=512k,tmpfs-mode=0711";
    expect(sh(`${fill}; stat -c %a /t`, "--mount", mount)).toBe(`${512 * 1024}\n711`);
  });

  test("an image is mounted beside, read-only, or a part of it", () => {
    const mount = "type=image,src=app,dst=/app";
    expect(sh("cat /app/kept/seed", "--mount", mount)).toBe("seed");
    expect(sh("cat /app", "--mount", `${mount},image-subpath=kept/seed`)).toBe("seed");
    expect(refuse("--mount", mount, "busybox", "touch", "/app/x")).toContain("Read-only");
    for (const subpath of ["hostile", "root/loop"])
      expect(
        refuse("--mount", `${mount},image-subpath=${subpath}`, "busybox", "ls", "/app"),
      ).toContain("escapes the base directory");
  });

  test("no link leads a part of a volume, or a target in an image, out to the host", () => {
    const part = (name: string) => `type=volume,src=data,dst=/v,volume-subpath=${name}`;
    box.shale("volume", "create", "data");
    symlinkSync("../../../../../../../../etc", join(home("data"), "_data/out"));
    symlinkSync("/proc/self/root", join(home("data"), "_data/magic"));
    for (const name of ["out", "out/passwd", "magic"])
      expect(refuse("--mount", part(name), "busybox", "ls", "/v")).toContain(
        "escapes the base directory",
      );
    const marked = join(box.work, "marked");
    mkdirSync(marked, { recursive: true });
    writeFileSync(join(marked, "here"), "x");
    const name = `shale-target-${process.pid}`;
    const seen = run("-v", `${marked}:/hostile/${name}`, "app", "ls", `/tmp/${name}`);
    expect(seen).toBe("here");
    expect(existsSync(join("/tmp", name))).toBe(false);
  });

  test("a volume can be a file system, which is there while a container is", () => {
    box.shale(
      "volume",
      "create",
      "-o",
      "type=tmpfs",
      "-o",
      "device=tmpfs",
      "-o",
      "o=size=1m",
      "fs",
    );
    expect(sh("df -k /v | tail -1 | awk '{print $1, $2}'", "-v", "fs:/v")).toBe("tmpfs 1024");
    expect(sh("ls /v", "-v", "fs:/v")).toBe("");
    expect(box.shale("volume", "inspect", "-f", "{{json .Options}}", "fs")).toBe(
      '{"device":"tmpfs","o":"size=1m","type":"tmpfs"}',
    );
  });

  test("the commands say what Docker's say", () => {
    expect(box.shale("volume", "create", "--label", "a=b", "data")).toBe("data");
    sh("echo x > /v/x", "-v", "data:/v");
    expect(box.shale("volume", "ls")).toBe("DRIVER    VOLUME NAME\nlocal     data");
    expect(box.shale("volume", "ls", "--format", '{{.Name}} {{.Label "a"}} {{.Links}}')).toBe(
      "data b N/A",
    );
    expect(box.run(["volume", "inspect", "nosuch"])).toEqual({
      code: 1,
      stdout: "[]\n",
      stderr: "Error: get nosuch: no such volume\n",
    });
    box.shale("create", "--name", "user", "-v", "data:/v", "busybox", "true");
    expect(box.shale("system", "df", "-v")).toMatch(/\nVOLUME NAME +LINKS +SIZE\ndata +1 /);
    expect(box.shale("system", "df")).toMatch(/\nLocal Volumes +1 +1 +\S+ +0B \(0%\)\n/);
    const asked = box.run(["volume", "prune", "-a"], { input: "n\n" });
    expect(asked.stdout).toBe(
      "WARNING! This will remove all local volumes not used by at least one container.\n" +
        "Are you sure you want to continue? [y/N] ",
    );
    expect(box.run(["volume", "prune", "-a", "--filter", "all=1"]).stderr).toContain(
      "conflicting options: cannot specify both --all and --filter all=1",
    );
    expect(box.shale("volume", "prune", "-af")).toBe("Total reclaimed space: 0B");
  });
});
