// Real containers: what takes longer than the inner loop may. Needs root, crun and conmon.
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf, collect } from "#bytes";
import type { HostConfig } from "#container";
import type { Engine } from "#engine";
import { encodeHeader, endOfArchive, padding, readTar, type TarHeader } from "#tar";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(60_000);

const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

describe.skipIf(!able)("a container's files", () => {
  let box: Sandbox;
  let engine: Engine;

  beforeAll(async () => {
    box = await new Sandbox().open();
    engine = await box.engine();
  });

  afterEach(() => box.clear());

  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
  });

  const service = () => engine.containers();

  async function create(script: string, hostConfig: HostConfig = {}, more: object = {}) {
    const containers = await service();
    const { id } = await containers.create({
      config: { Image: "box", Cmd: ["sh", "-c", script], WorkingDir: "/", ...more },
      hostConfig: { NetworkMode: "none", ...hostConfig },
    });
    return id;
  }

  /** Runs until the script says that it is ready. */
  async function run(script: string, hostConfig: HostConfig = {}, more: object = {}) {
    const containers = await service();
    const id = await create(`${script}; echo ready; ${SLEEP}`, hostConfig, more);
    const ready = Promise.withResolvers<void>();
    const stdout = (chunk: Uint8Array) => {
      if (Buffer.from(chunk).includes("ready")) ready.resolve();
    };
    const streams = await containers.attach(id, { stdout, stderr: () => {} });
    await containers.start(id);
    await ready.promise;
    streams[Symbol.dispose]();
    return id;
  }

  /** Names and contents of what comes out. */
  async function out(id: string, path: string): Promise<Record<string, string>> {
    const { archive } = await (await service()).copyFrom(id, path);
    const found: Record<string, string> = {};
    for await (const { header, body } of readTar(archive))
      found[header.path] = header.linkPath ?? Buffer.from(await collect(body, 1 << 24)).toString();
    return found;
  }

  const into = async (id: string, path: string, ...entries: Uint8Array[]) =>
    (await service()).copyTo(id, path, chunksOf(...entries, endOfArchive()));

  async function changes(id: string) {
    return (await (await service()).changes(id)).map(({ kind, path }) => `${kind[0]} ${path}`);
  }

  test("come out and go in while it runs, is paused, is down and before it ever ran", async () => {
    const containers = await service();
    const id = await run("mkdir /d; echo 1 >/d/f; busybox ln -s f /d/l");
    const whole = { d: "", "d/f": "1\n", "d/l": "f" };
    expect(await out(id, "/d")).toEqual(whole);
    await into(id, "/d", entry("g", "2"));
    await containers.pause(id);
    await into(id, "/d", entry("h", "3"));
    expect(await out(id, "/d/h")).toEqual({ h: "3" });
    await containers.unpause(id);
    await containers.stop(id);
    await into(id, "/d/.", entry("i", "4"));
    expect(await out(id, "/d")).toEqual({ ...whole, "d/g": "2", "d/h": "3", "d/i": "4" });
    const created = await create("cat /f");
    await into(created, "/", entry("f", "5"));
    expect(await out(created, "f")).toEqual({ f: "5" });
    await containers.start(created);
    expect((await containers.wait(created)).exitCode).toBe(0);
  });

  test("are those that it sees: binds, volumes and tmpfs, but nothing of the kernel's", async () => {
    const host = join(box.directory, "host");
    mkdirSync(host, { recursive: true });
    writeFileSync(join(host, "f"), "of the host");
    const id = await run("echo t >/tt/f; echo d >/data/f", {
      Binds: [`${host}:/bind`, `${host}:/fixed:ro`],
      Tmpfs: { "/tt": "" },
    });
    expect(await out(id, "/bind/f")).toEqual({ f: "of the host" });
    expect(await out(id, "/tt/f")).toEqual({ f: "t\n" });
    await into(id, "/bind", entry("g", "copied"));
    expect(readFileSync(join(host, "g"), "utf8")).toBe("copied");
    await expect(into(id, "/fixed", entry("h"))).rejects.toThrow(
      "mounted volume is marked read-only",
    );
    await expect(out(id, "/proc/version")).rejects.toThrow("Could not find the file /proc/version");
    expect(Object.keys(await out(id, "/")).filter((name) => name.startsWith("./proc/"))).toEqual(
      [],
    );
    await (await service()).stop(id);
    expect(await out(id, "/data")).toEqual({
      data: "",
      "data/f": "d\n",
      "data/seed": "from the image",
    });
    expect(await out(id, "/bind/g")).toEqual({ g: "copied" });
    await expect(into(id, "/fixed", entry("h"))).rejects.toThrow(
      "mounted volume is marked read-only",
    );
    // Neither the places to mount on nor what is mounted there are changes.
    expect(await changes(id)).toEqual([]);
  });

  test("are refused where Docker refuses", async () => {
    const id = await create("true", { ReadonlyRootfs: true });
    await expect(into(id, "/", entry("f"))).rejects.toThrow("container rootfs is marked read-only");
    await expect(out(id, "/none/x")).rejects.toThrow(
      "Could not find the file /none/x in container",
    );
    await expect(into(id, "/none", entry("f"))).rejects.toThrow("Could not find the file /none");
    await expect(into(id, "/etc/passwd", entry("f"))).rejects.toThrow("passwd is not a directory");
  });

  test("have names that are not UTF-8, many names, owners and holes", async () => {
    const id = await run("true", {}, { User: "app" });
    const odd = "odd-\udcff";
    await into(
      id,
      "/tmp",
      entry(odd, "x"),
      encodeHeader({ ...header("other"), type: "hardlink", linkPath: odd }),
      encodeHeader({ ...header("sparse"), size: 1 << 30, sparse: [] }),
    );
    const { archive } = await (await service()).copyFrom(id, `/tmp/${odd}`);
    for await (const { header } of readTar(archive)) expect(header.path).toBe(odd);
    const stat = await (await service()).statPath(id, "/tmp/sparse");
    expect(stat).toMatchObject({ name: "sparse", size: 1 << 30, mode: 0o644, linkTarget: "" });
    const containers = await service();
    await containers.copyTo(id, "/tmp", chunksOf(entry("own"), endOfArchive()), {
      copyUidGid: true,
    });
    const owned = await containers.copyFrom(id, "/tmp/own");
    for await (const { header } of readTar(owned.archive)) expect(header.uid).toBe(1000);
  });

  test("a symlink swapped while a copy goes on leads nowhere outside (CVE-2018-15664)", async () => {
    const host = join(box.directory, "sentinel");
    mkdirSync(host);
    writeFileSync(join(host, "f"), "secret");
    const swap = `while :; do busybox mv d e; busybox ln -s ${host} d; busybox rm d; busybox ln -s / d; busybox rm d; busybox mv e d; done`;
    const id = await run(`mkdir -p /race/d; echo own >/race/d/f; cd /race; (${swap}) & true`);
    for (let round = 0; round < 60; round++) {
      const found = await out(id, "/race/d/f").catch(() => ({}));
      const all = await out(id, "/race").catch(() => ({}));
      expect([...Object.values(found), ...Object.values(all)]).not.toContain("secret");
      await into(id, "/race/d", entry("evil"), directory("sub"), fifo("pipe")).catch(() => {});
      await into(id, "/race", directory("d"), entry("d/evil"), fifo("d/pipe")).catch(() => {});
    }
    expect(readdirSync(host)).toEqual(["f"]);
    for (const name of ["evil", "sub", "pipe"]) expect(existsSync(`/${name}`)).toBe(false);
  });

  test("nothing of the container's is loaded or executed for a copy (CVE-2019-14271)", async () => {
    const hostile = "#!/bin/sh\ntouch /executed\n";
    const places = [
      "/lib/libnss_files.so.2",
      "/lib64/libnss_files.so.2",
      "/bin/tar",
      "/bin/getent",
    ];
    const plant = places.map(
      (path) =>
        `mkdir -p \${p%/*}; p=${path}; mkdir -p \${p%/*}; echo '${hostile}' >$p; busybox chmod 755 $p`,
    );
    const id = await run(`p=/x/y; ${plant.join("; ")}`, {}, { User: "root" });
    const containers = await service();
    await containers.copyTo(id, "/tmp", chunksOf(entry("f"), endOfArchive()), { copyUidGid: true });
    await out(id, "/");
    await expect(out(id, "/executed")).rejects.toThrow("Could not find");
    expect(existsSync("/executed")).toBe(false);
    expect(readFileSync("/proc/self/maps", "utf8")).not.toContain("libnss_files");
  });

  test("changes are told and committed, with its processes going on", async () => {
    const containers = await service();
    const id = await run(
      "mkdir /new; echo 1 >/new/a; busybox ln /new/a /new/b; rm /bin/wget; rm -r /tmp; mkdir /tmp; echo v >/data/v",
    );
    const expected = ["m /bin", "d /bin/wget", "a /new", "a /new/a", "a /new/b", "m /tmp"];
    expect(await changes(id)).toEqual(expected);
    const { id: image } = await containers.commit(id, {
      ...{
        name: "made:1",
        author: "me",
        message: "why",
        changes: ["ENV B=2", 'CMD ["cat", "/new/b"]'],
      },
    });
    expect(await containers.inspect(id)).toMatchObject({
      State: { Status: "running", Paused: false },
    });
    await containers.stop(id);
    expect(await changes(id)).toEqual(expected);
    const images = await engine.images();
    const { config } = await images.resolve("made:1");
    expect(config.config).toMatchObject({ Cmd: ["cat", "/new/b"], Env: ["FROM_IMAGE=yes", "B=2"] });
    expect(config.history?.at(-1)).toMatchObject({ author: "me", comment: "why" });
    expect(config.rootfs.diff_ids).toHaveLength(2);
    // Again the same layer, and none where nothing has changed.
    const again = await containers.commit(id);
    expect((await images.resolve(again.id)).config.rootfs).toEqual(config.rootfs);
    const idle = await create("true");
    await containers.start(idle);
    await containers.wait(idle);
    const empty = await images.resolve((await containers.commit(idle)).id);
    expect(empty.config.rootfs.diff_ids).toHaveLength(1);
    expect(empty.config.history?.at(-1)?.empty_layer).toBe(true);
    const child = await containers.create({
      config: { Image: image },
      hostConfig: { NetworkMode: "none" },
    });
    await containers.start(child.id);
    expect((await containers.wait(child.id)).exitCode).toBe(0);
    await expect(containers.commit(id, { changes: ["COPY a b"] })).rejects.toThrow(
      "COPY is not a valid",
    );
  });

  test("are looked into with tools where there are none, and nothing of these stays", async () => {
    const containers = await service();
    const debug = async (target: string, script: string) => {
      const { id } = await containers.createDebug(target, { command: ["sh", "-c", script] });
      let text = "";
      const stdout = (chunk: Uint8Array) => {
        text += Buffer.from(chunk).toString();
      };
      const streams = await containers.attach(id, { stdout, stderr: stdout });
      await containers.start(id);
      await streams.done;
      await containers.wait(id);
      return text;
    };
    const id = await run("rm -r /bin/ls /bin/cat; echo seen >/seen");
    expect(
      await debug(id, "cat /seen; ls /proc/1/exe >/dev/null && ps | grep -c sleep; echo 2 >/left"),
    ).toMatch(/^seen\n[1-9]/);
    await containers.stop(id);
    expect(await debug(id, "cat /left; rm /left; which cat")).toBe("2\n/.shale/bin/cat\n");
    expect(await changes(id)).toEqual(["m /bin", "d /bin/cat", "d /bin/ls", "a /seen"]);
    expect(await debug("box", "which unzip; cat /data/seed")).toBe(
      "/.shale/bin/unzip\nfrom the image",
    );
    await expect(containers.createDebug("nothing")).rejects.toThrow(
      "No such container or image: nothing",
    );
    expect(await containers.list({ all: true })).toHaveLength(1);
  });
});

function header(path: string): TarHeader {
  const mtime = { seconds: 1, nanoseconds: 0 };
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, size: 0, mtime, xattrs: new Map() };
}

function entry(path: string, text = "x"): Uint8Array {
  const head = encodeHeader({ ...header(path), size: text.length });
  return Buffer.concat([head, Buffer.from(text), Buffer.alloc(padding(text.length))]);
}

function directory(path: string): Uint8Array {
  return encodeHeader({ ...header(path), type: "directory", mode: 0o777 });
}

function fifo(path: string): Uint8Array {
  return encodeHeader({ ...header(path), type: "fifo", mode: 0o666 });
}
