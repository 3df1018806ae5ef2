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
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "#engine";
import { mountsUnder, processStart, unmount } from "#kernel";
import { openState } from "#state";
import type { ContainerConfig } from "../../src/container/container-config.ts";
import type { ContainerService } from "../../src/container/container-service.ts";
import type { HostConfig } from "../../src/container/host-config.ts";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(30_000);

const FOREVER = "trap 'exit 3' TERM; touch /ready; while :; do sleep 0.05; done";

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("a container's life", () => {
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

  function create(script: string, hostConfig: HostConfig = {}, config: object = {}) {
    return containers.create({
      name: "some",
      config: { Image: "box", Cmd: ["sh", "-c", script], ...config } as ContainerConfig,
      hostConfig: { NetworkMode: "none", ...hostConfig },
    });
  }

  async function up(script: string, hostConfig: HostConfig = {}, config: object = {}) {
    const { id } = await create(script, hostConfig, config);
    await containers.start(id);
    return id;
  }

  interface State {
    readonly Status: string;
    readonly ExitCode: number;
    readonly Pid: number;
  }

  async function stateOf(name: string) {
    const { State, RestartCount } = await containers.inspect(name);
    return { ...(State as State), RestartCount: RestartCount as number };
  }

  /** Looks again and again until it is so. */
  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await Bun.sleep(10);
  }

  const hasStatus = (name: string, status: string) => async () =>
    (await stateOf(name)).Status === status;

  /** Its shell has set its trap. */
  async function ready(id: string): Promise<void> {
    await until(() => containers.statPath(id, "/ready").then(Boolean, () => false));
  }

  function monitorOf(id: string): number {
    const bundle = join(box.runtimeDirectory, "containers", id);
    return Number(readFileSync(join(bundle, "conmon.pid"), "utf8"));
  }

  const gone = (pid: number) => until(() => processStart(pid) === undefined);

  async function actions(): Promise<string[]> {
    const found: string[] = [];
    const { id } = await containers.inspect("some").then(({ Id }) => ({ id: Id }));
    for await (const event of engine.events({ since: 0, until: Date.now() }))
      if (event.actor === id) found.push(event.action);
    return found;
  }

  test("ends by the signal it wants, or by force after a while", async () => {
    const id = await up(FOREVER);
    await ready(id);
    expect(await containers.stop("some")).toBe(true);
    expect(await stateOf("some")).toMatchObject({ Status: "exited", ExitCode: 3 });
    expect(await containers.stop("some")).toBe(false);
    expect(await actions()).toEqual(["create", "start", "kill", "die", "stop"]);
    await containers.start(id);
    await containers.stop("some", { signal: "SIGCONT", timeout: 0 });
    expect(await stateOf("some")).toMatchObject({ Status: "exited", ExitCode: 137 });
  });

  test("is kept by its record, not by the process that has started it", async () => {
    await up(FOREVER);
    using state = openState(box.root);
    expect(state.leases.held()).toEqual([]);
  });

  test("ends on its own without anybody there, and goes when it is to", async () => {
    const id = await up("true");
    await until(hasStatus(id, "exited"));
    await containers.remove(id);
    await up("true", { AutoRemove: true });
    await until(async () => (await containers.list({ all: true })).length === 0);
    await until(() => box.leftovers().length === 0);
  });

  test("stands still and goes on", async () => {
    const id = await up(FOREVER);
    await ready(id);
    await containers.pause(id);
    expect(await stateOf(id)).toMatchObject({ Status: "paused", Running: true, Paused: true });
    await expect(containers.pause(id)).rejects.toThrow(`Container ${id} is already paused`);
    await expect(containers.start(id)).rejects.toThrow("cannot start a paused container");
    await expect(containers.remove(id)).rejects.toThrow("You cannot remove a paused container");
    await containers.unpause(id);
    await expect(containers.unpause(id)).rejects.toThrow(`Container ${id} is not paused`);
    await containers.pause(id);
    await containers.stop(id);
    expect(await stateOf(id)).toMatchObject({ Status: "exited", ExitCode: 3 });
    await containers.start(id);
    await containers.pause(id);
    await containers.kill(id);
    expect(await stateOf(id)).toMatchObject({ Status: "exited", ExitCode: 137 });
    await expect(containers.kill("some")).rejects.toThrow(
      `Cannot kill container: some: Container ${id} is not running`,
    );
  });

  test("is restarted by hand, and stays though it is to go at its end", async () => {
    const id = await up(FOREVER, { AutoRemove: true });
    const before = (await stateOf(id)).Pid;
    await containers.restart(id, { timeout: 0 });
    const after = await stateOf(id);
    expect(after).toMatchObject({ Status: "running" });
    expect(after.Pid).not.toBe(before);
    await containers.stop(id, { timeout: 0 });
    expect(await containers.list({ all: true })).toEqual([]);
  });

  test("is restarted by its policy so many times", async () => {
    const policy = { Name: "on-failure", MaximumRetryCount: 2 } as const;
    const id = await up("echo x >>/runs; exit 7", { RestartPolicy: policy });
    await until(async () => (await stateOf(id)).RestartCount === 2);
    await until(hasStatus(id, "exited"));
    expect(await stateOf(id)).toMatchObject({ ExitCode: 7, RestartCount: 2 });
    expect((await containers.statPath(id, "/runs")).size).toBe(6);
  });

  test("is not restarted once somebody has stopped it, also while it waits for that", async () => {
    const always = { RestartPolicy: { Name: "always" } } as const;
    const id = await up("exit 1", always);
    // By then it waits for some time.
    await until(async () => (await stateOf(id)).RestartCount > 3);
    await until(hasStatus(id, "restarting"));
    await expect(containers.remove(id)).rejects.toThrow("You cannot remove a restarting container");
    expect(await containers.start(id)).toBe(false);
    await containers.stop(id);
    expect(await stateOf(id)).toMatchObject({ Status: "exited", Restarting: false });
    await containers.start(id);
    await until(hasStatus(id, "restarting"));
    await containers.remove(id, { force: true });
    expect(box.leftovers()).toEqual([]);
    const running = await up(FOREVER, always);
    await containers.kill(running);
    expect(await stateOf(running)).toMatchObject({ Status: "exited", ExitCode: 137 });
    await containers.update(running, { RestartPolicy: { Name: "no" } });
    expect((await containers.inspect(running)).HostConfig).toMatchObject({
      RestartPolicy: { Name: "no" },
    });
  });

  test("gets another name", async () => {
    const { id } = await create("true");
    await containers.rename("some", "other");
    expect((await containers.inspect("other")).Id).toBe(id);
    const two = await create("true");
    await expect(containers.rename("other", "some")).rejects.toThrow(
      `Error when allocating new name: Conflict. The container name "/some" is already in use by container "${two.id}"`,
    );
    await expect(containers.rename("some", "some")).rejects.toThrow(
      "Renaming a container with the same name as its current name",
    );
    await expect(containers.rename("some", "a b")).rejects.toThrow(
      "Error when allocating new name: Invalid container name",
    );
  });

  test("is removed by prune when it is down", async () => {
    const id = await up("echo some bytes >/file", {}, { Labels: { old: "1" } });
    await containers.wait(id);
    await containers.rename(id, "done");
    const running = await up(FOREVER);
    expect(await containers.prune({ label: ["new"] })).toMatchObject({ removed: [] });
    expect(await containers.prune({ until: ["1h"] })).toMatchObject({ removed: [] });
    expect(await containers.prune({ label: ["old"] })).toEqual({ removed: [id], bytes: 11 });
    await expect(containers.prune({ nosuch: ["1"] })).rejects.toThrow("invalid filter 'nosuch'");
    expect((await containers.list({ all: true })).map((one) => one.id)).toEqual([running]);
  });

  test("is waited for by anybody, to its end or until it is gone", async () => {
    const id = await up("sleep 0.2; exit 4", { AutoRemove: true });
    await using other = await box.engine();
    const others = await other.containers();
    const waiting = [
      containers.wait(id),
      others.wait(id, { condition: "next-exit" }),
      others.wait(id, { condition: "removed" }),
    ];
    expect((await Promise.all(waiting)).map(({ exitCode }) => exitCode)).toEqual([4, 4, 4]);
    expect(await containers.list({ all: true })).toEqual([]);
  });

  test("is waited for before it has begun, however short it is", async () => {
    const { id } = await create("exit 5");
    const next = containers.wait(id, { condition: "next-exit" });
    await containers.start(id);
    expect(await next).toEqual({ exitCode: 5 });
    expect(await containers.wait(id)).toEqual({ exitCode: 5 });
    const aborted = AbortSignal.timeout(60);
    await expect(
      containers.wait(id, { condition: "next-exit", signal: aborted }),
    ).rejects.toThrow();
  });

  test("has an init on demand", async () => {
    const id = await up(FOREVER, { Init: true });
    await ready(id);
    const { processes } = await containers.top(id);
    const commands = processes.map((one) => one.at(-1)!);
    expect(commands.some((text) => text.startsWith("/sbin/docker-init -- sh -c"))).toBe(true);
    await containers.stop(id);
    expect(await stateOf(id)).toMatchObject({ ExitCode: 3 });
  });

  test("goes on by its policy when its supervisor is killed", async () => {
    const id = await up(FOREVER, { RestartPolicy: { Name: "unless-stopped" } });
    const monitor = monitorOf(id);
    process.kill(monitor, "SIGKILL");
    await gone(monitor);
    await containers.reconcile();
    await until(hasStatus(id, "running"));
    expect(await stateOf(id)).toMatchObject({ RestartCount: 1 });
    expect(monitorOf(id)).not.toBe(monitor);
  });

  test("ends truly when its first process is killed", async () => {
    const id = await up(FOREVER);
    process.kill((await stateOf(id)).Pid, "SIGKILL");
    await until(hasStatus(id, "exited"));
    expect(await stateOf(id)).toMatchObject({ ExitCode: 137, Pid: 0 });
  });

  test("comes up after a reboot as its policy says", async () => {
    const ids: Record<string, string> = {};
    for (const Name of ["no", "always", "unless-stopped", "on-failure"] as const) {
      ids[Name] = await up(FOREVER, { RestartPolicy: { Name } });
      await containers.rename(ids[Name], Name);
    }
    await up(FOREVER, { RestartPolicy: { Name: "unless-stopped" } });
    await containers.stop("some", { timeout: 0 });
    for (const id of Object.values(ids)) {
      const monitor = monitorOf(id);
      const { Pid } = await stateOf(id);
      process.kill(monitor, "SIGKILL");
      process.kill(Pid, "SIGKILL");
      await gone(Pid);
    }
    for (const { target } of mountsUnder(box.runtimeDirectory)) unmount(target, { detach: true });
    rmSync(box.runtimeDirectory, { recursive: true });
    await containers.reconcile();
    expect(await stateOf("always")).toMatchObject({ Status: "exited", ExitCode: 255 });
    expect(await containers.restore()).toEqual(["always", "unless-stopped", "on-failure"]);
    expect(await stateOf("always")).toMatchObject({ Status: "running", RestartCount: 0 });
    expect(await stateOf("no")).toMatchObject({ Status: "exited" });
    expect(await stateOf("some")).toMatchObject({ Status: "exited" });
    expect(await containers.restore()).toEqual([]);
  });
});
