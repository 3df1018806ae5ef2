import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountsUnder } from "#kernel";
import { openState, type State } from "#state";
import { createVolumes } from "./create-volumes.ts";
import type { Volumes } from "./volume-service.ts";

let root: string;
let state: State;
let volumes: Volumes;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "shale-volumes-"));
  state = openState(root);
  volumes = createVolumes({ root, state });
});

afterEach(() => {
  state[Symbol.dispose]();
  rmSync(root, { recursive: true });
});

const names = async (filters = {}) => (await volumes.list(filters)).map(({ Name }) => Name);
const actions = () => state.events.after(0).map(({ action, actor }) => `${action} ${actor}`);

function write(name: string, file: string, content = "x"): void {
  writeFileSync(join(volumes.directoryOf(name), file), content);
}

describe("a volume", () => {
  test("is made once, and is what Docker describes", async () => {
    const made = await volumes.create({ name: "data", labels: { a: "b" } });
    expect(made).toMatchObject({
      Name: "data",
      Driver: "local",
      Labels: { a: "b" },
      Options: null,
      Scope: "local",
      Mountpoint: join(root, "volumes/data/_data"),
    });
    expect(await volumes.create({ name: "data" })).toEqual(made);
    expect(await volumes.inspect("data")).toEqual(made);
    expect(statSync(made.Mountpoint).isDirectory()).toBe(true);
    expect(actions()).toEqual(["create data"]);
  });

  test("without a name is anonymous", async () => {
    const { Name, Labels } = await volumes.create();
    expect(Name).toMatch(/^[0-9a-f]{64}$/);
    expect(Labels).toEqual({ "com.docker.volume.anonymous": "" });
  });

  test.each([
    [{ name: "a" }, "create a: volume name is too short, names should be at least two"],
    [{ name: "../x" }, 'create ../x: "../x" includes invalid characters for a local volume name'],
    [{ name: ".removed-x" }, "includes invalid characters"],
    [{ name: "aa", driver: "nfs" }, 'error looking up volume plugin nfs: plugin "nfs" not found'],
    [{ name: "aa", options: { foo: "1" } }, 'create aa: invalid option: "foo"'],
    [{ name: "aa", options: { type: "nfs" } }, 'create aa: missing required option: "device"'],
  ])("%j is refused: %s", async (options, message) => {
    await expect(volumes.create(options)).rejects.toThrow(message);
    expect(await names()).toEqual([]);
  });

  test("goes with its content unless a container has it", async () => {
    state.transaction(() => volumes.claim({ name: "data", anonymous: false }, "c1"));
    write("data", "file");
    await expect(volumes.remove("data")).rejects.toThrow("remove data: volume is in use - [c1]");
    expect(existsSync(join(volumes.directoryOf("data"), "file"))).toBe(true);
    state.volumes.release("c1");
    await volumes.remove("data");
    expect(readdirSync(join(root, "volumes"))).toEqual([]);
    await expect(volumes.remove("data")).rejects.toThrow("get data: no such volume");
    await volumes.remove("data", { force: true });
    expect(actions()).toEqual(["create data", "destroy data"]);
  });

  test("whose directory is gone, or never came, gets it back", async () => {
    await volumes.create({ name: "data" });
    rmSync(join(root, "volumes/data"), { recursive: true });
    expect(readdirSync(await volumes.open("data", "c1"))).toEqual([]);
  });

  test("is listed by filters", async () => {
    await volumes.create({ name: "one", labels: { a: "1" } });
    await volumes.create({ name: "two" });
    state.volumes.use("two", "c1");
    expect(await names()).toEqual(["one", "two"]);
    expect(await names({ name: ["^o"] })).toEqual(["one"]);
    expect(await names({ label: ["a=1"] })).toEqual(["one"]);
    expect(await names({ dangling: ["false"] })).toEqual(["two"]);
    expect(await names({ driver: ["nfs"] })).toEqual([]);
    await expect(volumes.list({ size: ["1"] })).rejects.toThrow("invalid filter 'size'");
  });

  test("is pruned when it is anonymous, or named and asked for, and nobody has it", async () => {
    const { Name } = await volumes.create();
    for (const name of ["kept", "used"]) await volumes.create({ name, labels: { [name]: "" } });
    write(Name, "file", "x".repeat(9000));
    state.volumes.use("used", "c1");
    const pruned = await volumes.prune();
    expect(pruned.removed).toEqual([Name]);
    expect(pruned.bytes).toBeGreaterThan(9000);
    expect((await volumes.prune({ all: ["1"], "label!": ["kept"] })).removed).toEqual([]);
    expect((await volumes.prune({ all: ["1"] })).removed).toEqual(["kept"]);
    expect(await names()).toEqual(["used"]);
    expect(actions().at(-1)).toBe("prune ");
  });

  test("that was being removed when a process died is deleted later, and never found", async () => {
    await volumes.create({ name: "data" });
    for (const name of [".removed-1", "unrecorded", "somebodys/_data/file"])
      mkdirSync(join(root, "volumes", name, "_data"), { recursive: true });
    await volumes.prune();
    expect(readdirSync(join(root, "volumes")).sort()).toEqual(["data", "somebodys"]);
  });
});

describe("an empty volume", () => {
  let origin: string;
  const fill = () => volumes.fill("data", origin);
  const home = () => join(root, "volumes/data");

  beforeEach(async () => {
    origin = join(root, "origin");
    mkdirSync(join(origin, "deep"), { recursive: true, mode: 0o750 });
    writeFileSync(join(origin, "deep/file"), "from the image");
    await volumes.create({ name: "data" });
  });

  test("gets content and attributes; one that is not stays as it is", async () => {
    await fill();
    expect(readFileSync(join(home(), "_data/deep/file"), "utf8")).toBe("from the image");
    expect(statSync(join(home(), "_data")).mode & 0o777).toBe(0o750);
    writeFileSync(join(origin, "more"), "x");
    await fill();
    expect(readdirSync(join(home(), "_data"))).toEqual(["deep"]);
    expect(readdirSync(home()).sort()).toEqual(["_data", "lock"]);
  });

  test("is filled anew after a process died copying", async () => {
    mkdirSync(join(home(), "fill/half"), { recursive: true });
    await fill();
    expect(readdirSync(join(home(), "_data"))).toEqual(["deep"]);
    expect(readdirSync(home()).sort()).toEqual(["_data", "lock"]);
  });

  test("is filled to the end after a process died putting it in place", async () => {
    for (const name of ["a", "b"]) mkdirSync(join(home(), "fill.whole", name), { recursive: true });
    mkdirSync(join(home(), "_data/c"));
    await fill();
    expect(readdirSync(join(home(), "_data")).sort()).toEqual(["a", "b", "c"]);
  });
});

// Needs root: it mounts.
describe.skipIf(process.getuid?.() !== 0)("a volume that is a file system", () => {
  const options = { type: "tmpfs", device: "tmpfs", o: "size=1m" };
  const mounted = () => mountsUnder(root).map(({ type }) => type);

  test("is mounted from its first user to its last", async () => {
    await volumes.create({ name: "data", options });
    expect(mounted()).toEqual([]);
    await volumes.open("data", "c1");
    write("data", "file");
    await volumes.open("data", "c2");
    expect(mounted()).toEqual(["tmpfs"]);
    await volumes.close("c1");
    await volumes.close("c1");
    expect(existsSync(join(volumes.directoryOf("data"), "file"))).toBe(true);
    await volumes.close("c2");
    expect(mounted()).toEqual([]);
  });

  test("is unmounted when it is removed, and what it is mounted from stays", async () => {
    const device = join(root, "host");
    mkdirSync(device);
    writeFileSync(join(device, "file"), "the host's");
    await volumes.create({ name: "data", options: { type: "none", o: "bind", device } });
    await volumes.open("data", "c1");
    expect(readdirSync(volumes.directoryOf("data"))).toEqual(["file"]);
    await volumes.remove("data");
    expect(mounted()).toEqual([]);
    expect(readFileSync(join(device, "file"), "utf8")).toBe("the host's");
  });

  test("that cannot be mounted says why and leaves nothing", async () => {
    const broken = { type: "none", o: "bind", device: "/no/such" };
    await volumes.create({ name: "data", options: broken });
    await expect(volumes.open("data", "c1")).rejects.toThrow(
      `error while mounting volume '${volumes.directoryOf("data")}': failed to mount local volume: `,
    );
    expect(readdirSync(join(root, "volumes/data/users"))).toEqual([]);
  });
});
