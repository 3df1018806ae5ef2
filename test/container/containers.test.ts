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
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import type { Engine } from "#engine";
import { processStart } from "#kernel";
import { readTar } from "#tar";
import type { ContainerConfig } from "../../src/container/container-config.ts";
import type { ContainerService, CreateOptions } from "../../src/container/container-service.ts";
import type { HostConfig } from "../../src/container/host-config.ts";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(30_000);

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("containers", () => {
  const box = new Sandbox();
  let engine: Engine;
  let containers: ContainerService;

  beforeAll(async () => {
    await box.open();
    engine = await box.engine();
    containers = await engine.containers();
  });
  afterEach(() => box.clear());
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
  });

  function create(script: string, options: Partial<CreateOptions> = {}) {
    const config = { Image: "box", Cmd: ["sh", "-c", script], ...options.config };
    const hostConfig = { NetworkMode: "none" as const, ...options.hostConfig };
    return containers.create({ name: "some", ...options, config, hostConfig });
  }

  /** Starts it, and gives what it wrote and how it ended. */
  async function outputOf(id: string, input?: string) {
    let text = "";
    const sink = (chunk: Uint8Array) => {
      text += Buffer.from(chunk).toString();
    };
    const stdin = input === undefined ? {} : { stdin: chunksOf(Buffer.from(input)) };
    using streams = await containers.attach(id, { ...stdin, stdout: sink, stderr: sink });
    await containers.start(id);
    await streams.done;
    return { text, ...(await containers.wait(id)) };
  }

  test("keep what they wrote from one start to the next", async () => {
    const { id } = await create("echo more >>/file; cat /file; exit 3");
    expect(await outputOf(id)).toEqual({ text: "more\n", exitCode: 3 });
    expect(await outputOf(id)).toEqual({ text: "more\nmore\n", exitCode: 3 });
    expect(await containers.wait(id)).toEqual({ exitCode: 3 });
    const [entry] = await containers.list({ all: true });
    expect(entry).toMatchObject({ id, name: "some", state: "exited", exitCode: 3, image: "box" });
    expect(await containers.list()).toEqual([]);
  });

  test("are inspected in Docker's words", async () => {
    const { id } = await create("read line", {
      config: { Image: "box", OpenStdin: true, StdinOnce: true, Labels: { one: "1" } },
      hostConfig: { NetworkMode: "bridge", Binds: ["/tmp:/host:ro"] },
    });
    const before = await containers.inspect("some");
    expect(before).toMatchObject({
      Id: id,
      Name: "/some",
      Path: "sh",
      Args: ["-c", "read line"],
      State: { Status: "created", Running: false, Pid: 0, StartedAt: "0001-01-01T00:00:00Z" },
      HostConfig: { Binds: ["/tmp:/host:ro"], NetworkMode: "bridge", AutoRemove: false },
      Config: { Hostname: id.slice(0, 12), Image: "box", Labels: { one: "1" }, Entrypoint: null },
      Mounts: [
        { Type: "bind", Source: "/tmp", Destination: "/host", RW: false, Propagation: "rprivate" },
        { Type: "volume", Destination: "/data", RW: true },
      ],
    });
    await containers.start(id);
    const up = (await containers.inspect(id.slice(0, 5))) as unknown as {
      State: { Pid: number };
      NetworkSettings: { IPAddress: string };
      HostsPath: string;
    };
    expect(existsSync(`/proc/${up.State.Pid}`)).toBe(true);
    expect(readFileSync(up.HostsPath, "utf8")).toContain(`${up.NetworkSettings.IPAddress}\t`);
    await containers.kill(id);
    expect(await containers.wait(id)).toEqual({ exitCode: 137 });
    expect(await containers.inspect(id)).toMatchObject({ State: { Status: "exited", Pid: 0 } });
  });

  /** What a shell script in a container of its own prints. */
  async function printed(
    script: string,
    config: Partial<ContainerConfig> = {},
    hostConfig: HostConfig = {},
  ) {
    const { id } = await create(script, {
      name: undefined as never,
      config: { Image: "box", ...config },
      hostConfig: { AutoRemove: true, ...hostConfig },
    });
    return (await outputOf(id)).text;
  }

  test("have the image's settings, and the user's before them", async () => {
    expect(await printed("echo $FROM_IMAGE $HOME; id -u; pwd")).toBe(
      "yes /root\n0\n/made/by/workdir\n",
    );
    const own = { Env: ["A=1", "FROM_IMAGE"], User: "app", WorkingDir: "/new/one", Hostname: "me" };
    expect(await printed("echo $A$FROM_IMAGE $HOSTNAME; id -u; pwd; hostname", own)).toBe(
      "1 me\n1000\n/new/one\nme\n",
    );
    const nobody = { User: "nosuch" };
    await expect(printed("true", nobody)).rejects.toThrow("unable to find user nosuch");
    expect(box.leftovers()).toEqual([]);
  });

  test("see directories of the host, and the image's volumes filled", async () => {
    const given = join(box.directory, "given");
    mkdirSync(given);
    writeFileSync(join(given, "in"), "from the host\n");
    const Binds = [`${given}:/one:ro`, `${box.directory}/made:/two/deep`];
    const script = "cat /one/in /data/seed; touch /one/x || touch /two/deep/y /data/new";
    expect(await printed(`${script} 2>/dev/null`, {}, { Binds })).toStartWith(
      "from the host\nfrom the image",
    );
    expect(existsSync(join(box.directory, "made/y"))).toBe(true);
    expect(await printed("ls /data")).toBe("seed\n");
    expect(box.leftovers()).toEqual([]);
  });

  test("have Docker's privileges, more or less on demand", async () => {
    const script = "while read k v; do [ $k = CapBnd: ] && echo $v; done </proc/self/status";
    const bounding = async (hostConfig: HostConfig) =>
      BigInt(`0x${(await printed(script, {}, hostConfig)).trim()}`);
    expect(await bounding({})).toBe(0xa80425fbn);
    expect(await bounding({ CapDrop: ["ALL"], CapAdd: ["CHOWN"] })).toBe(1n);
    expect(await bounding({ Privileged: true })).toBeGreaterThan(0xa80425fbn);
    const touch = "touch /x 2>/dev/null || echo refused";
    expect(await printed(touch, {}, { ReadonlyRootfs: true })).toBe("refused\n");
  });

  test("reach the host by the bridge, and know names", async () => {
    using server = Bun.serve({ hostname: "0.0.0.0", port: 0, fetch: () => new Response("hello") });
    const script = `cat /etc/resolv.conf; wget -qO- http://up:${server.port}; ping -c1 -W2 $HOSTNAME >/dev/null`;
    const hostConfig = { ExtraHosts: ["up:host-gateway"], Dns: ["192.0.2.53"] };
    const text = await printed(script, {}, { NetworkMode: "bridge", ...hostConfig });
    expect(text).toStartWith("nameserver 192.0.2.53\n");
    expect(text).toEndWith("hello");
    await expect(create("true", { hostConfig: { NetworkMode: "mine" as never } })).rejects.toThrow(
      "network mine not found",
    );
  });

  test("share the host's network on demand", async () => {
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response("local"),
    });
    const script = `wget -qO- ${server.url.href}`;
    expect(await printed(script, {}, { NetworkMode: "host" })).toBe("local");
  });

  test("read their input to its end", async () => {
    const { id } = await create("cat; echo end", {
      config: { Image: "box", OpenStdin: true, StdinOnce: true },
    });
    expect((await outputOf(id, "some input\n")).text).toBe("some input\nend\n");
  });

  test("are found by another process, and ended by whoever sees it first", async () => {
    const { id } = await create("sleep 0.2; exit 9");
    await containers.start(id);
    await using other = await box.engine();
    const others = await other.containers();
    const ends = await Promise.all([containers.wait(id), others.wait(id), others.wait("some")]);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([9, 9, 9]);
  });

  test("say what cannot be done now", async () => {
    const { id } = await create("sleep 60");
    await expect(create("true")).rejects.toThrow('The container name "/some" is already in use');
    await expect(containers.kill(id)).rejects.toThrow(`Container ${id} is not running`);
    await expect(containers.inspect("nosuch")).rejects.toThrow("No such container: nosuch");
    await expect(containers.inspect("sme")).rejects.toThrow("sme (did you mean some?)");
    // Two letters are all of it: nothing says that "some" was meant.
    await expect(containers.inspect("me")).rejects.toThrow(/^No such container: me$/);
    await containers.start(id);
    await containers.start(id);
    await expect(containers.remove(id)).rejects.toThrow("You cannot remove a running container");
    await expect(containers.kill(id, "SIGNOSUCH")).rejects.toThrow("invalid signal: SIGNOSUCH");
    await expect(containers.wait(id, { signal: AbortSignal.timeout(20) })).rejects.toThrow();
    await containers.remove(id, { force: true });
    expect(box.leftovers()).toEqual([]);
  });

  test("that cannot start are left as they were, with the reason", async () => {
    const { id } = await create("true", { config: { Image: "box", Cmd: ["nosuch"] } });
    await expect(containers.start(id)).rejects.toThrow("executable file not found in $PATH");
    expect(await containers.inspect(id)).toMatchObject({
      State: { Status: "created", ExitCode: 127, Error: expect.stringContaining("nosuch") },
    });
    expect(await containers.wait(id)).toMatchObject({ exitCode: 127 });
    await containers.remove(id);
    expect(box.leftovers()).toEqual([]);
  });

  test("give up their start on demand", async () => {
    const { id } = await create("true");
    await expect(containers.start(id, { signal: AbortSignal.abort() })).rejects.toThrow();
    await containers.remove(id);
    expect(box.leftovers()).toEqual([]);
  });

  test("are exported in every state", async () => {
    const namesOf = async (id: string) => {
      const names: string[] = [];
      for await (const { header } of readTar(await containers.export(id))) names.push(header.path);
      return names;
    };
    const { id } = await create("touch /mine; rm /etc/group; echo ready; sleep 60");
    expect(await namesOf(id)).toContain("etc/group");
    const ready = Promise.withResolvers<void>();
    const sink = () => ready.resolve();
    using _streams = await containers.attach(id, { stdout: sink, stderr: sink });
    await containers.start(id);
    await ready.promise;
    const running = await namesOf(id);
    await containers.kill(id);
    await containers.wait(id);
    for (const names of [running, await namesOf(id)]) {
      expect(names).toContain("mine");
      expect(names).not.toContain("etc/group");
      expect(names.filter((name) => /^(proc|sys|dev)\/./.test(name))).toEqual([]);
    }
  });

  test("that lost their supervisor are put in order", async () => {
    const [one, two] = [await create("sleep 60"), await create("sleep 60", { name: "other" })];
    for (const { id } of [one, two]) await containers.start(id);
    const bundle = join(box.runtimeDirectory, "containers", one.id);
    const monitor = Number(readFileSync(join(bundle, "conmon.pid"), "utf8"));
    process.kill(monitor, "SIGKILL");
    while (processStart(monitor) !== undefined) await Bun.sleep(5);
    await containers.reconcile();
    const states = async () =>
      (await containers.list({ all: true })).map(({ name, state, exitCode }) => [
        name,
        state,
        exitCode,
      ]);
    expect(await states()).toEqual(
      expect.arrayContaining([
        ["some", "exited", 255],
        ["other", "running", 0],
      ]),
    );
    for (const { id } of [one, two]) await containers.remove(id, { force: true });
    expect(box.leftovers()).toEqual([]);
  });
});
