// The tutorial's story of a container that becomes an image: packages installed by hand, committed,
// run again. Needs root, crun, conmon and Debian's package mirror.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { Seat } from "../../src/container/testing/seat.ts";
import {
  base,
  createSandbox,
  leftovers,
  program,
  removeEverything,
  type Sandbox,
} from "../shale.ts";

const PROMPT = /root@[^ ]*# $/;

/** What a slow package mirror may take. */
const PACKAGES_MS = 120_000;

let box: Sandbox;

const spawn = (args: readonly string[], options: object = {}) =>
  Bun.spawn([program, ...args], {
    cwd: box.work,
    env: { ...process.env, SHALE_ROOT: box.root },
    ...options,
  });

beforeAll(() => {
  box = createSandbox();
  mkdirSync(box.work, { recursive: true });
  box.shale("import", "-c", 'CMD ["bash"]', base("debian"), "ubuntu");
  box.shale("import", base("busybox"), "busybox");
}, 120_000);

afterAll(() => box[Symbol.dispose]());

test("what was installed by hand is in the image that the container becomes", async () => {
  const seat = new Seat({ spawn }, ["run", "-it", "--network", "host", "ubuntu"], 24, 200);
  await seat.shows(PROMPT);
  for (const line of [
    "command -v vim.tiny || echo none yet",
    "apt-get update",
    "apt-get install -y --no-install-recommends vim-tiny",
  ])
    await seat.type(`${line}\r`, PROMPT, PACKAGES_MS);
  expect(await seat.leave("exit\r")).toBe(0);
  const id = box.shale("ps", "-l", "-q");
  expect(box.shale("diff", id).split("\n")).toContain("A /usr/bin/vim.tiny");
  const image = box.shale("commit", "-m", "vim added", "-a", "Ann", id, "ann/ubuntu:vim");
  expect(image).toMatch(/^sha256:[0-9a-f]{64}$/);
  const version = ["vim.tiny", "--version"];
  expect(box.shale("run", "--rm", "--network", "none", "ann/ubuntu:vim", ...version)).toStartWith(
    "VIM - Vi IMproved",
  );
  const [newest = ""] = box
    .shale("history", "--format", "{{.CreatedBy}}|{{.Comment}}", "ann/ubuntu:vim")
    .split("\n");
  expect(newest).toBe("bash|vim added");
  expect(
    box.shale("inspect", "-f", "{{.Author}} {{json .Config.Cmd}} {{len .RootFS.Layers}}", image),
  ).toBe('Ann ["bash"] 2');
}, 180_000);

test("options stand before or after the arguments; all drivers give the same layer", () => {
  const layers = ["erofs", "overlay", "copy"].map((driver) => {
    const on = ["--storage-driver", driver];
    const script =
      "echo 1 >/f; ln /f /g; rm /etc/group; truncate -s 5M /sparse; touch -d @9 /f /sparse /etc /";
    box.shale(
      ...on,
      "run",
      "--name",
      driver,
      "--network",
      "none",
      "-v",
      "/data",
      "busybox",
      "sh",
      "-c",
      `touch /data/x; ${script}`,
    );
    box.shale(...on, "commit", driver, "-c", "ENV A=b", `made:${driver}`, "--no-pause");
    expect(box.shale("diff", driver)).toBe("C /etc\nD /etc/group\nA /f\nA /g\nA /sparse");
    return box.shale(
      "inspect",
      "-f",
      "{{index .RootFS.Layers 1}} {{json .Config.Env}}",
      `made:${driver}`,
    );
  });
  expect(new Set(layers).size).toBe(1);
  expect(layers[0]).toEndWith('["A=b"]');
}, 60_000);

test("copies and exports have the same files, and nothing is left", () => {
  const { code, stderr } = box.run(["cp", "erofs:/f", "-"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  box.shale("cp", "erofs:/g", "copied");
  box.shale("cp", "copied", "overlay:/h");
  expect(box.shale("diff", "overlay").split("\n")).toContain("A /h");
  box.shale("export", "-o", "whole.tar", "erofs");
  expect(box.run(["cp", "erofs:/f", "copy:/f"]).stderr).toBe(
    "Error: copying between containers is not supported\n",
  );
  removeEverything(box);
  expect(leftovers(box.root)).toEqual([]);
}, 60_000);
