// Real containers: what takes longer than the inner loop may. Needs root, crun and conmon.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState } from "#state";
import { volume, Workbench } from "../../src/container/mounts/testing/workbench.ts";
import { able } from "../../src/container/testing/sandbox.ts";

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("volumes of containers", () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.clear());
  afterAll(() => bench[Symbol.asyncDispose]());

  test("an empty volume gets the image's content and attributes, at the first start only", async () => {
    const keep = { Binds: ["kept:/data"] };
    const id = await bench.create("ls -A /data; rm -f /data/*", keep);
    expect(await bench.finish(id)).toBe("seed\n");
    expect(await bench.finish(id)).toBe("");
    expect(await bench.run("ls -A /data", keep)).toBe("seed\n");
    const before = await bench.run("ls -A /data", { Binds: ["none:/data:nocopy"] });
    expect(before).toBe("");
    expect(await bench.run("ls -A /data", { Binds: ["none:/data"] })).toBe("seed\n");
  });

  test("of other containers come with their places, and can be read-only", async () => {
    const from = await bench.create("true", { Binds: ["data:/v"] }, { "/anon": {} });
    const id = await bench.create("echo x > /v/file", { VolumesFrom: [`${from.slice(0, 12)}:ro`] });
    const [theirs, ours] = [await bench.mountsOf(from), await bench.mountsOf(id)];
    expect(ours["/anon"]).toMatchObject({ Name: theirs["/anon"]!.Name!, RW: false, Mode: "" });
    expect(await bench.finish(id)).toContain("Read-only file system");
    // Its own goes before theirs.
    const own = await bench.create("true", { VolumesFrom: [from], Binds: ["mine:/v"] });
    expect((await bench.mountsOf(own))["/v"]!.Name).toBe("mine");
  });

  test("volumes without a name go with the last container that wants that, named ones never", async () => {
    const volumes = await bench.engine.volumes();
    const first = await bench.create("true", { Binds: ["named:/n"] }, { "/anon": {} });
    const second = await bench.create("true", { VolumesFrom: [first] });
    const { Name = "" } = (await bench.mountsOf(first))["/anon"]!;
    await bench.containers.remove(first, { volumes: true });
    await expect(volumes.remove(Name)).rejects.toThrow(`volume is in use - [${second}]`);
    await bench.containers.remove(second, { volumes: true });
    expect(await bench.volumes()).toEqual(["named"]);
    const third = await bench.create("true", { AutoRemove: true }, { "/anon": {} });
    await bench.finish(third);
    const fourth = await bench.create("true", {}, { "/anon": {} });
    await bench.containers.remove(fourth);
    // What the image keeps at /data and the user at /anon: two of the fourth, none of the third.
    expect(await bench.volumes()).toHaveLength(3);
  });

  test("a container that cannot be made leaves no volume", async () => {
    await bench.create("true", {});
    const before = (await bench.volumes()).length;
    const twice = { config: { Image: "box", Cmd: ["true"] }, name: "same" };
    await bench.containers.create({ ...twice, hostConfig: { Binds: ["v1:/v"] } });
    const again = bench.containers.create({ ...twice, hostConfig: { Binds: ["v2:/v"] } });
    await expect(again).rejects.toThrow('name "/same" is already in use');
    const names = await bench.volumes();
    expect(names).toHaveLength(before + 2);
    expect(names).not.toContain("v2");
  });

  test("what happens to a volume is told in Docker's words", async () => {
    const since = Date.now();
    const id = await bench.create(
      "true",
      { AutoRemove: true, Binds: ["told:/data:ro"] },
      { "/anon": {} },
    );
    const { Name = "" } = (await bench.mountsOf(id))["/anon"]!;
    await bench.finish(id);
    const told: [string, string, object][] = [];
    for await (const { type, action, actor, attributes } of bench.engine.events({
      since,
      until: Date.now(),
    }))
      if (type === "volume" && ["told", Name].includes(actor))
        told.push([action, actor, attributes]);
    const [driver, container] = [{ driver: "local" }, { container: id, driver: "local" }];
    const mounted = (destination: string, rw: boolean) => ({
      ...{ ...container, destination, propagation: "", "read/write": String(rw) },
    });
    expect(told).toEqual([
      ["create", "told", driver],
      ["create", Name, driver],
      ["mount", "told", mounted("/data", false)],
      ["mount", Name, mounted("/anon", true)],
      ["unmount", "told", container],
      ["unmount", Name, container],
      ["destroy", Name, driver],
    ]);
  });

  test("a volume in the directory of its container, as older records have it, still works", async () => {
    const id = await bench.create("cat /old/file; echo more >> /old/file", {});
    const source = join(bench.box.root, "containers", id, "volumes/0");
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "file"), "kept\n");
    using state = openState(bench.box.root);
    const { record } = state.containers.get(id)!;
    const old = {
      type: "volume",
      source,
      target: "/old",
      readOnly: false,
      propagation: "",
      mode: "",
    };
    const mounts = [old];
    state.containers.update(id, { record: JSON.stringify({ ...JSON.parse(record), mounts }) });
    expect(await bench.finish(id)).toBe("kept\n");
    expect(await bench.finish(id)).toBe("kept\nmore\n");
    await bench.containers.remove(id, { volumes: true });
    expect(existsSync(source)).toBe(false);
  });

  describe("a part of a volume", () => {
    const part = (Subpath: string) => volume("data", { VolumeOptions: { Subpath, NoCopy: true } });

    test("is a directory or a file, by links that stay inside", async () => {
      await bench.say(
        "mkdir /v/dir; echo in > /v/dir/file; ln -s dir/file /v/link",
        volume("data"),
      );
      expect(await bench.say("cat /v/file", part("dir"))).toBe("in\n");
      expect(await bench.say("cat /v", part("link"))).toBe("in\n");
      await expect(bench.say("true", part("nope"))).rejects.toThrow(
        /cannot access path .*nope: no such/,
      );
    });

    test("never leads out, whatever links are in it", async () => {
      await (await bench.engine.volumes()).create({ name: "data" });
      const data = await bench.directoryOf("data");
      const links = { up: "../../..", abs: "/etc", deep: "up/../..", proc: "/proc/self/root/etc" };
      for (const [name, target] of Object.entries(links)) symlinkSync(target, join(data, name));
      for (const name of [...Object.keys(links), "up/x", "abs/passwd"])
        await expect(bench.say("ls /v", part(name))).rejects.toThrow("escapes the base directory");
      expect(bench.box.leftovers().filter((one) => one.startsWith("/"))).toEqual([]);
    });
  });

  test("what a volume mounts stays until its last container is down", async () => {
    const options = { type: "tmpfs", device: "tmpfs", o: "size=1m" };
    await (await bench.engine.volumes()).create({ name: "fs", options });
    const hold = await bench.create("echo x > /v/file; until [ -e /v/go ]; do sleep 0.05; done", {
      Binds: ["fs:/v"],
    });
    await bench.containers.start(hold);
    const file = join(await bench.directoryOf("fs"), "file");
    while (!existsSync(file)) await Bun.sleep(10);
    expect(await bench.run("cat /v/file; touch /v/go", { Binds: ["fs:/v"] })).toBe("x\n");
    await bench.containers.wait(hold);
    expect(existsSync(file)).toBe(false);
    expect(bench.box.leftovers().filter((one) => one.startsWith("/"))).toEqual([]);
  });
});
