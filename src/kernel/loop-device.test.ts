import { afterAll, describe, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { kindOf } from "#errors";
import {
  findTool,
  type LoopDevice,
  MountFlag,
  mount,
  mountsUnder,
  openLoopDevice,
  runTool,
  spawnProcess,
  unmount,
} from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "shale-loop-"));
afterAll(() => {
  for (const { target } of mountsUnder(root)) unmount(target, { detach: true });
  rmSync(root, { recursive: true });
});

const INDEX = JSON.stringify(join(import.meta.dir, "index.ts"));
const able = process.geteuid?.() === 0 && existsSync("/dev/loop-control");

function fileOf(name: string, bytes: Uint8Array): string {
  const file = join(root, name);
  writeFileSync(file, bytes);
  return file;
}

/** Bytes with a pattern of their own, `blocks` of 512. */
function patterned(blocks: number, seed: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: blocks * 512 }, (_, n) => (n * seed) % 251));
}

const backingOf = ({ path }: Pick<LoopDevice, "path">) =>
  `/sys/block/${basename(path)}/loop/backing_file`;

function kindThrown(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return kindOf(error);
  }
  return "nothing";
}

/** The kernel may let go of a device just after its last user did. */
async function expectFree(device: Pick<LoopDevice, "path">, file: string): Promise<void> {
  const isOurs = () =>
    existsSync(backingOf(device)) && readFileSync(backingOf(device), "utf8").trim() === file;
  for (let tries = 0; isOurs() && tries < 100; tries++) await Bun.sleep(5);
  expect(isOurs()).toBe(false);
}

describe.if(able)("a loop device (needs root and /dev/loop-control)", () => {
  test("has the file's bytes, cannot be written, and is free when disposed", async () => {
    const bytes = patterned(9, 7);
    const file = fileOf("one", bytes);
    const device = openLoopDevice(file);
    expect(device.path).toMatch(/^\/dev\/loop\d+$/);
    expect(readFileSync(backingOf(device), "utf8").trim()).toBe(file);
    expect(readFileSync(device.path).equals(bytes)).toBe(true);
    expect(() => {
      const fd = openSync(device.path, "r+");
      try {
        writeSync(fd, Buffer.alloc(512));
      } finally {
        closeSync(fd);
      }
    }).toThrow();
    device[Symbol.dispose]();
    device[Symbol.dispose]();
    await expectFree(device, file);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  test("two at once are two devices", () => {
    const [first, second] = [patterned(2, 3), patterned(3, 5)];
    using one = openLoopDevice(fileOf("first", first));
    using two = openLoopDevice(fileOf("second", second));
    expect(one.path).not.toBe(two.path);
    expect(readFileSync(one.path).equals(first)).toBe(true);
    expect(readFileSync(two.path).equals(second)).toBe(true);
  });

  test("what is after the last whole block of 512 bytes is not seen", () => {
    const bytes = patterned(3, 11);
    using device = openLoopDevice(fileOf("rest", bytes.subarray(0, 1200)));
    expect(readFileSync(device.path).equals(bytes.subarray(0, 1024))).toBe(true);
  });

  test("a file that is missing, a directory, a pipe", async () => {
    expect(kindThrown(() => openLoopDevice(join(root, "none")))).toBe("not-found");
    expect(kindThrown(() => openLoopDevice(root))).toBe("invalid-argument");
    await runTool(["mkfifo", join(root, "pipe")]);
    expect(kindThrown(() => openLoopDevice(join(root, "pipe")))).toBe("invalid-argument");
  });

  test.if(findTool("mke2fs") !== undefined)("a mount keeps it (needs mke2fs)", async () => {
    const image = join(root, "image");
    const tree = join(root, "tree");
    const target = join(root, "mounted");
    for (const directory of [tree, target]) mkdirSync(directory);
    writeFileSync(join(tree, "hello"), "from the image");
    await runTool(["mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, image, "1M"]);
    const device = openLoopDevice(image);
    mount(device.path, target, "ext4", MountFlag.readOnly, "noload");
    device[Symbol.dispose]();
    expect(readFileSync(backingOf(device), "utf8").trim()).toBe(image);
    expect(readFileSync(join(target, "hello"), "utf8")).toBe("from the image");
    unmount(target);
    await expectFree(device, image);
  });

  test("where there are no loop devices it says so (needs unshare)", async () => {
    const file = fileOf("nowhere", patterned(1, 17));
    const script = `
      const { openLoopDevice } = await import(${INDEX});
      try { openLoopDevice(${JSON.stringify(file)}) } catch (error) { console.log(error.kind, error.message) }
    `;
    const inEmptyDev = (nodes: string) =>
      runTool([
        ...["unshare", "--mount", "--propagation", "private", "sh", "-ec"],
        `mount -t tmpfs none /dev; ${nodes} exec "$0" -e "$1"`,
        ...[process.execPath, script],
      ]);
    expect((await inEmptyDev("")).stdout).toMatch(/^unsupported .*modprobe loop/);
    const control = "mknod /dev/loop-control c 10 237;";
    expect((await inEmptyDev(control)).stdout).toMatch(/^unsupported .*mknod \/dev\/loop\d+ b 7/);
  });

  test("processes that ask at once get devices of their own, let go when they die", async () => {
    const file = fileOf("shared", patterned(1, 13));
    const script = `
      const { openLoopDevice } = await import(${INDEX});
      const devices = Array.from({ length: 2 }, () => openLoopDevice(${JSON.stringify(file)}));
      console.log(devices.map(({ path }) => path).join(" "));
      await Bun.stdin.text();
    `;
    const children = [0, 1].map(() =>
      spawnProcess([process.execPath, "-e", script], { stdin: "pipe", stderr: "inherit" }),
    );
    const paths: LoopDevice["path"][] = [];
    for (const child of children)
      for await (const line of child.stdout!) {
        paths.push(...(Buffer.from(line).toString().trim().split(" ") as typeof paths));
        break;
      }
    expect(new Set(paths).size).toBe(4);
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map(({ exited }) => exited));
    for (const path of paths) await expectFree({ path }, file);
  });
});
