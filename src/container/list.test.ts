import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Engine } from "#engine";
import type { ContainerService, CreateOptions, Filters } from "./container-service.ts";
import { able, Sandbox } from "./testing/sandbox.ts";

setDefaultTimeout(30_000);

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("a listing", () => {
  const box = new Sandbox();
  let engine: Engine;
  let containers: ContainerService;

  beforeAll(async () => {
    await box.open();
    engine = await box.engine();
    containers = await engine.containers();
    await create("one", { config: { Image: "box", Labels: { tier: "web", "com.x": "1" } } });
    await create("two", { hostConfig: { NetworkMode: "none", Binds: ["/tmp:/host"] } });
    await create("three", {
      config: { Image: "box:latest", Cmd: ["sleep", "60"] },
    });
    await create("done", {
      config: { Image: "box", Cmd: ["sh", "-c", "echo 1234567 >/new; exit 3"] },
    });
    for (const name of ["three", "done"]) await containers.start(name);
    await containers.wait("done");
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
  });

  async function create(name: string, options: Partial<CreateOptions>) {
    const hostConfig = { NetworkMode: "none", ...options.hostConfig };
    await containers.create({ name, config: { Image: "box" }, ...options, hostConfig });
    // Their order is that of their creation, which is kept in milliseconds.
    await Bun.sleep(2);
  }

  async function names(filters: Filters, all = true): Promise<string> {
    return (await containers.list({ all, filters })).map(({ name }) => name).join(" ");
  }

  test("shows the newest first, those that run or so many", async () => {
    expect(await names({})).toBe("done three two one");
    expect(await names({}, false)).toBe("three");
    const last = await containers.list({ last: 2, filters: { status: ["created"] } });
    expect(last.map(({ name }) => name)).toEqual(["two", "one"]);
  });

  test("is filtered by Docker's rules", async () => {
    expect(await names({ name: ["^t"] })).toBe("three two");
    expect(await names({ name: ["^/one$", "nosuch", "["] })).toBe("one");
    expect(await names({ label: ["tier=web", "com.x"] })).toBe("one");
    expect(await names({ label: ["tier=db"] })).toBe("");
    expect(await names({ status: ["created", "exited"] }, false)).toBe("done two one");
    expect(await names({ exited: ["3", "4"] })).toBe("done");
    expect(await names({ exited: ["0"] })).toBe("");
    expect(await names({ before: ["three"], since: ["one"] })).toBe("two");
    expect(await names({ volume: ["/host"] })).toBe("two");
    expect(await names({ volume: ["/tmp"] })).toBe("two");
    expect(await names({ ancestor: ["box:latest"], health: ["none"] })).toBe("done three two one");
    expect(await names({ ancestor: ["nosuch"] })).toBe("");
    expect(await names({ network: ["none"] })).toBe("done three two one");
    expect(await names({ publish: ["80"] })).toBe("");
    expect(await names({ "is-task": ["true"] })).toBe("");
    const [{ id } = { id: "" }] = await containers.list();
    expect(await names({ id: [`^${id.slice(0, 8)}`] })).toBe("three");
  });

  test.each([
    [{ nosuch: ["x"] }, "Invalid filter 'nosuch'"],
    [{ status: ["up"] }, "Invalid filter 'status=up'"],
    [{ health: ["fine"] }, "Unrecognised filter value for health: fine"],
    [{ exited: ["a"] }, 'strconv.Atoi: parsing "a": invalid syntax'],
    [{ publish: ["www"] }, "error while looking up for publish www"],
    [{ before: ["nosuch"] }, "o such container: nosuch"],
  ])("refuses %j", async (filters, message) => {
    await expect(names(filters as Filters)).rejects.toThrow(message);
  });

  test("has sizes on demand", async () => {
    const [done] = await containers.list({ last: 1, size: true });
    expect(done?.size?.own).toBe(8);
    expect(done?.size?.root).toBeGreaterThan(500_000);
    expect(await containers.inspect("done", { size: true })).toMatchObject({ SizeRw: 8 });
    expect(await containers.inspect("done")).not.toHaveProperty("SizeRw");
  });
});
