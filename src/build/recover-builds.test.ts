// Needs root, busybox-static and crun or runc.
import { expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { readMounts } from "#kernel";
import { createNetwork } from "#network";
import { selectRuntime, stateOf } from "#runtime";
import { createSnapshotter } from "#snapshot";
import { openState } from "#state";
import { buildDirectories } from "./build-directory.ts";
import { recoverBuilds } from "./recover-builds.ts";

test("what a killed build leaves is cleared up by the next command", async () => {
  const script = join(import.meta.dir, "testing", "hang.ts");
  const child = Bun.spawn([process.execPath, script], { stdout: "pipe" });
  const { root, runtimeDirectory } = await firstLine(child.stdout);
  const home = dirname(root);
  const mountsLeft = () => readMounts().filter(({ target }) => target.startsWith(`${home}/`));
  child.kill("SIGKILL");
  await child.exited;

  using state = openState(root);
  const runtime = selectRuntime({ stateRoot: join(runtimeDirectory, "runtime") });
  const [id] = readdirSync(runtime.stateRoot).filter((name) => name.startsWith("build-"));
  while (stateOf(runtime, id!)?.status !== "running") await Bun.sleep(5);
  expect(mountsLeft()).not.toEqual([]);

  const storeId = new Bun.CryptoHasher("sha256")
    .update(runtimeDirectory)
    .digest("hex")
    .slice(0, 12);
  const network = createNetwork({
    storeId,
    runtimeDir: runtimeDirectory,
    addresses: state.addresses,
  });
  const { directories } = buildDirectories(root, runtimeDirectory);
  await recoverBuilds(directories, async () => ({ runtime, network }));

  expect(stateOf(runtime, id!)).toBeUndefined();
  expect(mountsLeft()).toEqual([]);
  expect(readdirSync(directories.running)).toEqual([]);
  expect(state.addresses.list("bridge")).toEqual([]);
  await (await createSnapshotter({ root, state, rootless: false })).repair();
  expect(state.snapshots.list().filter(({ kind }) => kind === "active")).toEqual([]);
  await network.remove();
  rmSync(home, { recursive: true });
});

async function firstLine(stream: ReadableStream<Uint8Array>) {
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("\n")) break;
  }
  return JSON.parse(text) as { root: string; runtimeDirectory: string };
}
