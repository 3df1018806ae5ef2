import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { MountFlag, mount, unmount } from "#kernel";
import type { MountConfig } from "../host-config.ts";
import { able } from "../testing/sandbox.ts";
import { volume, Workbench } from "./testing/workbench.ts";

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("mounts", () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.clear());
  afterAll(() => bench[Symbol.asyncDispose]());

  const host = (name: string) => join(bench.box.directory, name);

  test("are told of as Docker does", async () => {
    const id = await bench.create(
      "true",
      {
        Binds: [`${bench.box.directory}:/h:ro,z`, "data:/named"],
        Mounts: [{ Type: "tmpfs", Target: "/t" }, volume("other", { Target: "/o" })],
      },
      { "/anon": {} },
    );
    const mounts = await bench.mountsOf(id);
    expect(JSON.stringify(mounts["/h"])).toBe(
      JSON.stringify({
        Type: "bind",
        Source: bench.box.directory,
        Destination: "/h",
        Mode: "ro,z",
        RW: false,
        Propagation: "rprivate",
      }),
    );
    expect(JSON.stringify(mounts["/named"])).toBe(
      JSON.stringify({
        Type: "volume",
        Name: "data",
        Source: join(bench.box.root, "volumes/data/_data"),
        Destination: "/named",
        Driver: "local",
        Mode: "z",
        RW: true,
        Propagation: "",
      }),
    );
    expect(mounts["/t"]).toMatchObject({ Type: "tmpfs", Source: "", Mode: "", Propagation: "" });
    expect(mounts["/o"]).toMatchObject({ Name: "other", Mode: "z" });
    expect(mounts["/anon"]).toMatchObject({ Driver: "local", Mode: "" });
    expect(mounts["/anon"]!.Name).toMatch(/^[0-9a-f]{64}$/);
  });

  test("a bind goes both ways; -v makes its directory, --mount wants it", async () => {
    const made = host("made/deep");
    await bench.run("echo out > /b/file", { Binds: [`${made}:/b`] });
    expect(readFileSync(join(made, "file"), "utf8")).toBe("out\n");
    expect(statSync(made).mode & 0o777).toBe(0o755);
    const bind = { Type: "bind", Source: host("gone"), Target: "/b" } as const;
    mkdirSync(host("gone"));
    const id = await bench.create("true", { Mounts: [bind] });
    rmSync(host("gone"), { recursive: true });
    await expect(bench.containers.start(id)).rejects.toThrow("bind source path does not exist");
    expect(existsSync(host("gone"))).toBe(false);
    await bench.run("true", { Mounts: [{ ...bind, BindOptions: { CreateMountpoint: true } }] });
    expect(existsSync(host("gone"))).toBe(true);
  });

  test("a read-only bind is so with what is mounted below, a file as well", async () => {
    mkdirSync(host("ro/sub"), { recursive: true });
    writeFileSync(host("ro/file"), "x");
    mount("tmpfs", host("ro/sub"), "tmpfs", 0);
    try {
      const touch = (target: string, BindOptions: MountConfig["BindOptions"] = {}) =>
        bench.say(`touch ${target} && echo written; ls /b`, {
          ...{ Type: "bind", Source: host("ro"), Target: "/b", ReadOnly: true, BindOptions },
        });
      expect(await touch("/b/sub/x")).not.toContain("written");
      expect(await touch("/b/sub/x", { ReadOnlyNonRecursive: true })).toContain("written");
      // Without what is mounted below there is the directory itself.
      expect(await touch("/b/sub/x", { NonRecursive: true })).not.toContain("written");
      const file = { Type: "bind", Source: host("ro/file"), Target: "/f", ReadOnly: true } as const;
      expect(await bench.say("cat /f; echo more >> /f && echo written", file)).toStartWith("x");
      expect(readFileSync(host("ro/file"), "utf8")).toBe("x");
    } finally {
      unmount(host("ro/sub"));
    }
  });

  test("mounts spread where the host's do, and only there", async () => {
    const Source = host("spread");
    mkdirSync(Source);
    mount(Source, Source, undefined, MountFlag.bind);
    try {
      mount("none", Source, undefined, MountFlag.private);
      const bind = (Propagation: string): MountConfig => ({
        ...{ Type: "bind", Source, Target: "/b", BindOptions: { Propagation } },
      });
      await expect(bench.say("true", bind("shared"))).rejects.toThrow(
        `path ${Source} is mounted on ${Source} but it is not a shared mount`,
      );
      await expect(bench.say("true", bind("rslave"))).rejects.toThrow(
        "not a shared or slave mount",
      );
      mount("none", Source, undefined, MountFlag.shared);
      const look = "grep ' /b ' /proc/self/mountinfo";
      expect(await bench.say(look, bind("rshared"))).toContain(" shared:");
      expect(await bench.say(look, bind("rslave"))).toContain(" master:");
      expect(await bench.say(look, bind("rprivate"))).not.toMatch(/ (shared|master):/);
    } finally {
      unmount(Source, { detach: true });
    }
  });

  describe("an image", () => {
    const image = (more: Partial<MountConfig> = {}): MountConfig => ({
      ...{ Type: "image", Source: "box", Target: "/i" },
      ...more,
    });

    test("is its root file system, read-only, or a part of it", async () => {
      expect(await bench.say("cat /i/data/seed; touch /i/x", image())).toMatch(
        /^from the image.*Read-only/s,
      );
      const part = image({ ImageOptions: { Subpath: "data/seed" } });
      expect(await bench.say("cat /i", part)).toBe("from the image");
      await expect(bench.say("true", image({ Source: "nosuch" }))).rejects.toThrow(
        "cannot mount image nosuch: No such image: nosuch:latest: pull it first",
      );
    });

    test("keeps its layers as long as a container has it", async () => {
      const images = await bench.engine.images();
      const root = host("tool");
      mkdirSync(root);
      writeFileSync(join(root, "tool"), "a tool");
      const tar = Bun.spawn(["tar", "-C", root, "-cf", "-", "tool"]).stdout;
      await images.import(tar, { name: "tools:latest" });
      const id = await bench.create("cat /i/tool", { Mounts: [image({ Source: "tools" })] });
      await expect(images.remove("tools")).rejects.toThrow("is using its referenced image");
      await images.remove("tools", { force: true });
      await images.prune();
      expect(await bench.finish(id)).toBe("a tool");
      const blobs = () => readdirSync(join(bench.box.root, "blobs/sha256")).length;
      const before = blobs();
      await bench.containers.remove(id);
      await images.prune();
      expect(blobs()).toBeLessThan(before);
    });
  });

  test("a tmpfs has its size, and covers what an image keeps", async () => {
    const tmpfs = { Tmpfs: { "/data": "size=1m,mode=0700" } };
    const id = await bench.create("grep ' /data ' /proc/self/mounts; ls /data", tmpfs);
    const output = await bench.finish(id);
    expect(output).toMatch(/^tmpfs \/data tmpfs rw,nosuid,nodev,noexec,.*size=1024k,mode=700/);
    expect(output).not.toContain("seed");
    expect(await bench.mountsOf(id)).toEqual({});
  });
});
