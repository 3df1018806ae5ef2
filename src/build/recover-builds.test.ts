// Needs root, busybox-static and crun or runc.
import { expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { readMounts } from "#kernel";
import { createNetwork } from "#network";
import { selectRuntime } from "#runtime";
import { createSnapshotter } from "#snapshot";
import { openState } from "#state";
import { buildDirectories } from "./build-directory.ts";
import { recoverBuilds } from "./recover-builds.ts";

test("what a killed build leaves is cleared up by the next command", async () => {
  const { root, runtimeDirectory } = await killBuild();
  const home = dirname(root);
  const mountsLeft = () => readMounts().filter(({ target }) => target.startsWith(`${home}/`));
  // Layers stay mounted for who needs them next.
  const ownMountsLeft = () => mountsLeft().filter(({ type }) => type !== "erofs");
  using state = openState(root);
  const runtime = selectRuntime({ stateRoot: join(runtimeDirectory, "runtime") });
  const storeId = new Bun.CryptoHasher("sha256").update(runtimeDirectory).digest("hex");
  const places = { storeId: storeId.slice(0, 12), runtimeDir: runtimeDirectory };
  const network = createNetwork({ ...places, state });
  const { directories } = buildDirectories(root, runtimeDirectory);
  expect(ownMountsLeft()).not.toEqual([]);
  expect(containersIn(runtime.stateRoot)).toHaveLength(1);

  await recoverBuilds(directories, async () => ({ runtime, network }));

  expect(ownMountsLeft()).toEqual([]);
  expect(containersIn(runtime.stateRoot)).toEqual([]);
  expect(readdirSync(directories.running)).toEqual([]);
  expect(state.addresses.list("bridge")).toEqual([]);
  await (await createSnapshotter({ root, runtimeDirectory, state, rootless: false })).repair();
  expect(mountsLeft()).toEqual([]);
  expect(state.snapshots.list().filter(({ kind }) => kind === "active")).toEqual([]);
  await network.remove();
  rmSync(home, { recursive: true });
});

/** Kills a build while its RUN is running; gives where its store is. */
async function killBuild() {
  const script = join(import.meta.dir, "testing", "hang.ts");
  const child = Bun.spawn([process.execPath, script], { stdout: "pipe" });
  const places = await firstLine(child.stdout);
  child.kill("SIGKILL");
  await child.exited;
  return places;
}

function containersIn(stateRoot: string): string[] {
  return readdirSync(stateRoot).filter((name) => name.startsWith("build-"));
}

async function firstLine(stream: ReadableStream<Uint8Array>) {
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("\n")) break;
  }
  return JSON.parse(text) as { root: string; runtimeDirectory: string };
}
